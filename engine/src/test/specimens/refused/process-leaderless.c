/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child whose first thread has ended while another goes on.
 * row: Process / thread leader that ended before its threads
 * refuses: leader: it has ended before its other threads…; keep its first thread waiting for the others
 */
#define _GNU_SOURCE
#include "../specimen.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void *live_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

int main(int argc, char **argv)
{
	pid_t child;
	int status;

	specimen_begin(argc, argv);
	child = fork();
	if (child == 0) {
		pthread_t thread;

		check(pthread_create(&thread, NULL, live_on, NULL) == 0);
		syscall(SYS_exit, 0);
	}
	check(child > 0);
	while (specimen_state(child) != 'Z')
		usleep(1000);

	specimen_wait();

	check(waitpid(child, &status, WNOHANG) == 0);
	check(kill(child, SIGKILL) == 0);
	check(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	specimen_pass();
}
