/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three processes of three threads each that never stop checking themselves, while they are dumped
 * too. Each thread counts in the file "beats" of the folder: one that no longer counts has come to
 * harm. Nothing here may ever see EINTR, a signal it did not send, or a value it did not compute.
 * row: Process / at work during the dump
 * carries: processes and threads that compute, pass on, filter calls and take signals all the time
 * beyond CRIU: sleeps with a time limit that see no EINTR
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#define PROCESSES 3
#define THREADS 3
#define WORDS 16384

static volatile uint64_t *beats;
static int number;		/* of this process */
static int ring[PROCESSES][2];	/* a pipe from each process to the next */
static volatile sig_atomic_t ticks;
static uint32_t *memory;
static int deleted;

static void tick(int signal)
{
	(void)signal;
	ticks++;
}

static void beat(int thread)
{
	beats[number * THREADS + thread]++;
}

/* Registers of every kind, and the signal mask. */
static void *compute(void *unused)
{
	uint64_t a = 1, round = 0;
	double b = 1;
	sigset_t mask, is;

	(void)unused;
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigaddset(&mask, SIGALRM);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	while (!specimen_told()) {
		int i;

		for (i = 0; i < 200000; i++) {
			a = a * 3 % 1000003;
			b = b * 3 < 1000003 * 3.0 ? b * 3 : b;
			while (b >= 1000003)
				b -= 1000003;
			if ((double)a != b)
				specimen_fail("process %d computed %lu and %f", number, (unsigned long)a, b);
		}
		pthread_sigmask(SIG_SETMASK, NULL, &is);
		check(memcmp(&is, &mask, 8) == 0);
		beat(1);
		round++;
		usleep(2000);
	}
	return NULL;
}

/* Sleeps that must not end early or fail, memory, a filter that must hold, a file without a name. */
static void *sleep_and_look(void *unused)
{
	uint32_t seed = number * 7919 + 1;
	sigset_t mask;
	int i;

	(void)unused;
	sigfillset(&mask);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	while (!specimen_told()) {
		struct timespec before, after;
		char text[8];

		clock_gettime(CLOCK_MONOTONIC, &before);
		check(poll(NULL, 0, 10) == 0);
		clock_gettime(CLOCK_MONOTONIC, &after);
		check((after.tv_sec - before.tv_sec) * 1000000000l + after.tv_nsec - before.tv_nsec >= 9999999);
		for (i = 0; i < WORDS; i++)
			check(memory[i] == seed + i * 17u);
		seed += 3;
		for (i = 0; i < WORDS; i++)
			memory[i] = seed + i * 17u;
		check(number != 1 || (syscall(SYS_getpriority, PRIO_PROCESS, 0) == -1 && errno == 77));
		check(pread(deleted, text, 8, 0) == 8 && memcmp(text, "no name", 8) == 0);
		check(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
		beat(2);
	}
	return NULL;
}

/* A number goes round all processes, each adds one. */
static void pass_on(void)
{
	uint64_t passed;
	int from = ring[(number + PROCESSES - 1) % PROCESSES][0];

	while (!specimen_told()) {
		struct pollfd ready = { from, POLLIN, 0 };
		int result = poll(&ready, 1, 20);

		check(result >= 0 || errno == EINTR); /* SIGALRM comes to this thread */
		if (result > 0) {
			check(read(from, &passed, 8) == 8 && passed % PROCESSES == (uint64_t)number);
			passed++;
			check(write(ring[number][1], &passed, 8) == 8);
			usleep(3000);
		}
		check(ticks > 0 || beats[number * THREADS] < 20);
		beat(0);
	}
}

static void filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 77),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void run(void)
{
	struct itimerval often = { { 0, 7000 }, { 0, 7000 } };
	struct sigaction action = { .sa_handler = tick };
	pthread_t threads[2];
	uint32_t i;

	memory = mmap(NULL, WORDS * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(memory != MAP_FAILED);
	for (i = 0; i < WORDS; i++)
		memory[i] = number * 7919 + 1 + i * 17;
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	if (number == 1)
		filter();
	check(sigaction(SIGALRM, &action, NULL) == 0);
	check(pthread_create(&threads[0], NULL, compute, NULL) == 0);
	check(pthread_create(&threads[1], NULL, sleep_and_look, NULL) == 0);
	check(setitimer(ITIMER_REAL, &often, NULL) == 0);
	if (number == 0)
		specimen_say("ready", "");
	pass_on();
	check(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
}

int main(int argc, char **argv)
{
	pid_t children[PROCESSES];
	uint64_t first = 0;
	char path[4096];
	int fd, i, status;

	specimen_begin(argc, argv);
	snprintf(path, sizeof(path), "%s/beats", specimen_folder);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	check(fd >= 0 && ftruncate(fd, 8 * PROCESSES * THREADS) == 0);
	beats = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(beats != MAP_FAILED && close(fd) == 0);
	snprintf(path, sizeof(path), "%s/deleted", specimen_folder);
	deleted = open(path, O_RDWR | O_CREAT, 0644);
	check(deleted >= 0 && write(deleted, "no name", 8) == 8 && unlink(path) == 0);
	for (i = 0; i < PROCESSES; i++)
		check(pipe(ring[i]) == 0);
	check(write(ring[PROCESSES - 1][1], &first, 8) == 8);
	for (i = 1; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			number = i;
			run();
			_exit(40 + i);
		}
	}
	run();
	for (i = 1; i < PROCESSES; i++) {
		pid_t ended;

		while ((ended = waitpid(children[i], &status, 0)) == -1 && errno == EINTR)
			;
		check(ended == children[i] && WIFEXITED(status) && WEXITSTATUS(status) == 40 + i);
	}
	specimen_pass();
}
