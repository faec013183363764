/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the benchmarks dump and restore. It says "ready" when it is set up and, at every SIGUSR1, looks whether all it
 * has is as it left it and says "good" or "bad".
 *
 *   workload small            one process
 *   workload memory MIB       one process with that much memory, every page different
 *   workload tree N           N processes: this one and its children
 *   workload threads N        N threads
 *   workload mappings N       N mappings of one page, each with content
 *   workload sparse TIB       so much address space, with a page in each 256 GiB
 *   workload descriptors N    N descriptors of mixed kinds
 *   workload shared N         N processes that share 100 files
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void ask(int signal)
{
	(void)signal;
	asked = 1;
}

static uint64_t word(uint64_t index)
{
	return (index + 1) * 0x9e3779b97f4a7c15u;
}

/* What the workload has in its memory: `count` words, `step` words apart. */
struct content {
	uint64_t *memory;
	uint64_t count, step;
};

static void fill(const struct content *content)
{
	for (uint64_t i = 0; i < content->count; i++)
		content->memory[i * content->step] = word(i);
}

static int memory_is_good(const struct content *content)
{
	for (uint64_t i = 0; i < content->count; i++)
		if (content->memory[i * content->step] != word(i))
			return 0;
	return 1;
}

static uint64_t *map(uint64_t bytes)
{
	void *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (area == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return area;
}

static uint64_t answers;
static pthread_barrier_t asked_all, answered_all;

/* Counts at each question. */
static void *be_thread(void *unused)
{
	for (;;) {
		pthread_barrier_wait(&asked_all);
		__atomic_add_fetch(&answers, 1, __ATOMIC_RELAXED);
		pthread_barrier_wait(&answered_all);
	}
	return unused;
}

static void start_threads(uint64_t number)
{
	pthread_attr_t small;
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL); /* the question is for the first thread */
	pthread_barrier_init(&asked_all, NULL, number);
	pthread_barrier_init(&answered_all, NULL, number);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (uint64_t i = 1; i < number; i++) {
		pthread_t thread;

		if (pthread_create(&thread, &small, be_thread, NULL) != 0) {
			perror("pthread_create");
			exit(1);
		}
	}
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}

static int threads_are_there(uint64_t number)
{
	if (number == 0)
		return 1;
	answers = 1;
	pthread_barrier_wait(&asked_all);
	pthread_barrier_wait(&answered_all);
	return answers == number;
}

/* Opens something that has a state of its own, of another kind at each call; returns how many descriptors it has. */
static int open_something(uint64_t index)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = index };
	int pair[2] = { -1, -1 }, set;
	sigset_t none;

	sigemptyset(&none);
	switch (index % 8) {
	case 0:
		return pipe(pair) == 0 && write(pair[1], "x", 1) == 1 ? 2 : -1;
	case 1:
		return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && write(pair[1], "x", 1) == 1 ? 2 : -1;
	case 2:
		pair[0] = eventfd(index, 0);
		set = epoll_create1(0);
		return epoll_ctl(set, EPOLL_CTL_ADD, pair[0], &event) == 0 ? 2 : -1;
	case 3:
		return timerfd_create(CLOCK_MONOTONIC, 0) >= 0 ? 1 : -1;
	case 4:
		return signalfd(-1, &none, 0) >= 0 ? 1 : -1;
	case 5:
		return memfd_create("workload", 0) >= 0 ? 1 : -1;
	default:
		return open(index % 2 ? "/proc/self/exe" : "/dev/null", O_RDONLY) >= 0 ? 1 : -1;
	}
}

static void open_many(uint64_t number)
{
	struct rlimit most;
	uint64_t there = 0;

	getrlimit(RLIMIT_NOFILE, &most);
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
	for (uint64_t i = 0; there < number; i++) {
		int more = open_something(i);

		if (more < 0) {
			perror("opening something");
			exit(1);
		}
		there += more;
	}
}

/* Whether each descriptor below is open: as many as there were. */
static int descriptors_are_there(uint64_t number)
{
	for (uint64_t fd = 3; fd < number + 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return 0;
	return 1;
}

static int children_are_there(const pid_t *children, int count)
{
	for (int i = 0; i < count; i++)
		if (kill(children[i], 0) < 0)
			return 0;
	return 1;
}

static void wait_for_question(void)
{
	sigset_t none, usr1;

	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	while (!asked)
		sigsuspend(&none);
	asked = 0;
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	uint64_t number = argc > 2 ? strtoull(argv[2], NULL, 10) : 0, threads = 0, descriptors = 0;
	struct content content = { NULL, 0, 1 };
	pid_t *children = NULL;
	int count = 0;

	setsid();
	signal(SIGUSR1, ask);
	if (!strcmp(what, "memory")) {
		content.count = (number << 20) / sizeof(uint64_t);
		content.memory = map(number << 20);
		fill(&content);
	} else if (!strcmp(what, "mappings")) {
		content = (struct content){ map(number * 4096), number, 512 };
		fill(&content);
		for (uint64_t i = 0; i < number; i += 2)
			mprotect((char *)content.memory + i * 4096, 4096, PROT_READ);
	} else if (!strcmp(what, "sparse")) {
		content = (struct content){ map(number << 40), number << 2, 1ul << 35 };
		fill(&content);
	} else if (!strcmp(what, "threads")) {
		threads = number;
		start_threads(number);
	} else if (!strcmp(what, "descriptors")) {
		descriptors = number;
		open_many(number);
	} else if (!strcmp(what, "tree") || !strcmp(what, "shared")) {
		if (!strcmp(what, "shared")) {
			descriptors = 100;
			open_many(descriptors);
		}
		children = calloc(number, sizeof(*children));
		for (count = 0; count + 1 < (int)number; count++) {
			children[count] = fork();
			if (children[count] == 0)
				for (;;)
					pause();
			if (children[count] < 0) {
				perror("fork");
				return 1;
			}
		}
	} else if (strcmp(what, "small")) {
		fprintf(stderr, "workload small | memory MIB | tree N | threads N | mappings N | sparse TIB | "
				"descriptors N | shared N\n");
		return 2;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		wait_for_question();
		puts(memory_is_good(&content) && children_are_there(children, count) && threads_are_there(threads) &&
				     descriptors_are_there(descriptors) ?
			     "good" :
			     "bad");
		fflush(stdout);
	}
}
