/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree that never stands still: processes and threads come and go while it is dumped.
 * row: Process / fork and exit during the freeze
 * carries: a tree whose processes and threads come and go while it is seized
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <pthread.h>
#include <sys/wait.h>

enum { MOST = 8 };

static volatile int ending;
static int finished;

static void *brief(void *started)
{
	usleep(rand() % 300);
	__atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
	return started;
}

static void *make_threads(void *unused)
{
	static int started;

	while (!ending) {
		pthread_t threads[MOST];
		int i, count = 1 + rand() % MOST;

		for (i = 0; i < count; i++, started++)
			check(pthread_create(&threads[i], NULL, brief, NULL) == 0);
		for (i = 0; i < count; i++)
			check(pthread_join(threads[i], NULL) == 0);
	}
	check(started == finished);
	return unused;
}

/* Its child's child may outlive it, and is nobody's in the tree then. */
static void live(int number)
{
	if (number % 3 == 0 && fork() == 0) {
		usleep(number * 37 % 700);
		_exit(0);
	}
	usleep(number * 53 % 900);
	_exit(number % 100);
}

static void reap(pid_t *children, int *numbers, int options)
{
	pid_t ended;
	int status, i;

	while ((ended = waitpid(-1, &status, options)) > 0) {
		for (i = 0; i < MOST && children[i] != ended; i++)
			;
		check(i < MOST);
		check(WIFEXITED(status) && WEXITSTATUS(status) == numbers[i] % 100);
		children[i] = 0;
	}
}

int main(int argc, char **argv)
{
	pid_t children[MOST] = { 0 };
	int numbers[MOST], number, i;
	pthread_t thread;

	specimen_begin(argc, argv);
	check(pthread_create(&thread, NULL, make_threads, NULL) == 0);
	specimen_say("ready", "");
	for (number = 0; !specimen_told(); number++) {
		for (i = 0; i < MOST && children[i] != 0; i++)
			;
		if (i < MOST) {
			children[i] = fork();
			if (children[i] == 0)
				live(number);
			check(children[i] > 0);
			numbers[i] = number;
		} else {
			usleep(100);
		}
		reap(children, numbers, WNOHANG);
	}
	reap(children, numbers, 0);
	check(errno == ECHILD);
	ending = 1;
	check(pthread_join(thread, NULL) == 0);
	specimen_pass();
}
