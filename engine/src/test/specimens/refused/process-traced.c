/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that a debugger holds.
 * row: Process / being traced
 * refuses: being traced: process … holds it with ptrace; end the debugger before the dump
 */
#define _GNU_SOURCE
#include "../specimen.h"
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	pid_t child;
	int status;

	specimen_begin(argc, argv);
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	check(child > 0);
	check(ptrace(PTRACE_SEIZE, child, 0, 0) == 0);

	specimen_wait();

	check(ptrace(PTRACE_INTERRUPT, child, 0, 0) == 0);
	check(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	check(kill(child, SIGKILL) == 0);
	check(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	specimen_pass();
}
