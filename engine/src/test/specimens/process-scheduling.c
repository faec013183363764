/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How threads are scheduled, and what the kernel does with a process when memory is short or when it crashes.
 * row: Process / scheduling
 * carries: nice values, SCHED_BATCH and SCHED_IDLE of each thread; oom_score_adj
 * beyond CRIU: I/O priority and timer slack of each thread, coredump_filter
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define THREADS 3

static volatile int ready, told;

struct state {
	int nice, policy, io;
	long slack;
};

static struct state see(void)
{
	int tid = syscall(SYS_gettid);
	struct state is;

	memset(&is, 0, sizeof(is));
	errno = 0;
	is.nice = getpriority(PRIO_PROCESS, tid);
	is.policy = sched_getscheduler(tid);
	is.io = syscall(SYS_ioprio_get, 1, 0);
	is.slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	check(errno == 0);
	return is;
}

static void *run(void *argument)
{
	static const int policies[THREADS] = { SCHED_OTHER, SCHED_BATCH, SCHED_IDLE };
	static const int io[THREADS] = { 2 << 13 | 6, 3 << 13 | 7, 2 << 13 };
	struct sched_param none = { 0 };
	long number = (long)argument;
	struct state before, after;

	check(setpriority(PRIO_PROCESS, syscall(SYS_gettid), 3 + number) == 0);
	check(syscall(SYS_sched_setscheduler, 0, policies[number], &none) == 0);
	check(syscall(SYS_ioprio_set, 1, 0, io[number]) == 0);
	check(prctl(PR_SET_TIMERSLACK, 77777 + number * 1000000, 0, 0, 0) == 0);
	before = see();
	check(before.slack == 77777 + number * 1000000);
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&told, __ATOMIC_SEQ_CST))
		usleep(1000);
	after = see();
	if (memcmp(&before, &after, sizeof(before)) != 0)
		specimen_fail("thread %ld: nice %d/%d policy %d/%d io %x/%x slack %ld/%ld", number, before.nice, after.nice,
			      before.policy, after.policy, before.io, after.io, before.slack, after.slack);
	return NULL;
}

static void choose(const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int chosen(const char *name, int base)
{
	char text[64];

	specimen_read(text, sizeof(text), "/proc/self/%s", name);
	return strtol(text, NULL, base);
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	char path[4096];
	pid_t child;
	int status;
	long i;

	specimen_begin(argc, argv);
	child = fork();
	choose("oom_score_adj", child == 0 ? "900" : "800");
	choose("coredump_filter", child == 0 ? "0x7f" : "0x21");
	if (child == 0) {
		specimen_say("child", "");
		while (!specimen_told())
			usleep(1000);
		check(chosen("oom_score_adj", 10) == 900 && chosen("coredump_filter", 16) == 0x7f);
		_exit(0);
	}
	for (i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
	while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) < THREADS)
		usleep(1000);
	snprintf(path, sizeof(path), "%s/child", specimen_folder);
	while (access(path, F_OK) != 0)
		usleep(1000);

	specimen_wait();

	check(chosen("oom_score_adj", 10) == 800 && chosen("coredump_filter", 16) == 0x21);
	__atomic_store_n(&told, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < THREADS; i++)
		check(pthread_join(threads[i], NULL) == 0);
	check(waitpid(child, &status, 0) == child && status == 0);
	specimen_pass();
}
