/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that are stopped stay stopped, by the signal that stopped them, and nobody is told that
 * they continued. A restored parent is told of the stop once more.
 * row: Process / stopped tasks
 * carries: children of several threads stopped by SIGSTOP and SIGTSTP, until SIGCONT
 * beyond CRIU: stopped by SIGTTIN and SIGTTOU
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static volatile int counted;

static void *count(void *unused)
{
	for (;;) {
		counted++;
		usleep(1000);
	}
	return unused;
}

int main(int argc, char **argv)
{
	static const int signals[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGSTOP };
	pid_t children[5];
	int status, i, told[2];

	specimen_begin(argc, argv);
	check(pipe(told) == 0);
	for (i = 0; i < 5; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			pthread_t thread;

			setpgid(0, 0); /* not an orphaned group, in which terminal stops are ignored */
			pthread_create(&thread, NULL, count, NULL);
			if (write(told[1], "r", 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
	}
	for (i = 0; i < 5; i++) {
		char byte;

		check(read(told[0], &byte, 1) == 1);
	}
	for (i = 0; i < 5; i++) {
		check(kill(children[i], signals[i]) == 0);
		if (i < 4)
			check(waitpid(children[i], &status, WUNTRACED) == children[i] && WSTOPSIG(status) == signals[i]);
		while (specimen_state(children[i]) != 'T')
			usleep(1000);
	}

	specimen_wait();

	for (i = 0; i < 4; i++) {
		check(specimen_state(children[i]) == 'T');
		if (waitpid(children[i], &status, WUNTRACED | WCONTINUED | WNOHANG) != 0)
			check(WIFSTOPPED(status) && WSTOPSIG(status) == signals[i]);
	}
	check(waitpid(children[4], &status, WUNTRACED | WNOHANG) == children[4] && WSTOPSIG(status) == SIGSTOP);
	for (i = 0; i < 5; i++) {
		check(kill(children[i], SIGCONT) == 0);
		check(waitpid(children[i], &status, WCONTINUED) == children[i] && WIFCONTINUED(status));
		check(kill(children[i], SIGKILL) == 0);
		check(waitpid(children[i], &status, 0) == children[i] && WTERMSIG(status) == SIGKILL);
	}
	specimen_pass();
}
