/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two processes with one memory, as between vfork and execve, or as threads were made long ago.
 * row: Process / CLONE_VM and CLONE_SIGHAND between processes
 * refuses: memory (CLONE_VM): shared with task …; Dump when it has called execve(2) or has ended
 */
#define _GNU_SOURCE
#include "../specimen.h"
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

static char stacks[2][64 << 10] __attribute__((aligned(16)));
static volatile int count;

static int live(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
	return 0;
}

int main(int argc, char **argv)
{
	int i, status, flags[2] = { CLONE_VM, CLONE_VM | CLONE_SIGHAND };
	pid_t children[2];

	specimen_begin(argc, argv);
	for (i = 0; i < 2; i++) {
		children[i] = clone(live, stacks[i] + sizeof(stacks[i]), flags[i] | SIGCHLD, NULL);
		check(children[i] > 0);
	}
	while (count < 2)
		usleep(1000);

	specimen_wait();

	for (i = 0; i < 2; i++) {
		check(waitpid(children[i], &status, WNOHANG) == 0);
		check(kill(children[i], SIGKILL) == 0);
		check(waitpid(children[i], &status, 0) == children[i] && WIFSIGNALED(status));
	}
	specimen_pass();
}
