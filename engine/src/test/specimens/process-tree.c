/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children and grandchildren, sessions and groups, a zombie, a pipe through all of them.
 * row: Process / tree
 * carries: children and grandchildren, sessions and groups, a zombie with its status
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int pipes[2], back[2];
	pid_t child, zombie, old_session;
	pid_t self, parent, pids[4];
	int status, i;
	char byte;

	specimen_begin(argc, argv);
	check(pipe(pipes) == 0 && pipe(back) == 0);
	self = getpid();
	zombie = fork();
	if (zombie == 0)
		_exit(37);
	old_session = fork();
	if (old_session == 0) {
		if (read(pipes[0], &byte, 1) != 1 || getppid() != self)
			_exit(1);
		_exit(write(back[1], "o", 1) == 1 ? 21 : 1);
	}
	child = fork();
	if (child == 0) {
		pid_t session, group, grandchild;

		setsid();
		session = getsid(0);
		grandchild = fork();
		if (grandchild == 0) {
			setpgid(0, 0);
			group = getpgid(0);
			parent = getppid();
			if (read(pipes[0], &byte, 1) != 1)
				_exit(1);
			if (getsid(0) != session || getpgid(0) != group || getppid() != parent)
				_exit(2);
			_exit(write(back[1], "g", 1) == 1 ? 22 : 3);
		}
		if (waitpid(grandchild, &status, 0) != grandchild)
			_exit(4);
		_exit(getsid(0) == session && WIFEXITED(status) && WEXITSTATUS(status) == 22 ? 23 : 5);
	}
	pids[0] = zombie;
	pids[1] = old_session;
	pids[2] = child;
	{
		siginfo_t info;

		check(waitid(P_PID, zombie, &info, WEXITED | WNOWAIT) == 0);
	}

	specimen_wait();

	check(getpid() == self);
	check(write(pipes[1], "xy", 2) == 2);
	for (i = 0; i < 3; i++) {
		check(waitpid(pids[i], &status, 0) == pids[i]);
		check(WIFEXITED(status));
		check(WEXITSTATUS(status) == (i == 0 ? 37 : i == 1 ? 21 : 23));
	}
	check(read(back[0], &byte, 1) == 1 && read(back[0], &byte, 1) == 1);
	check(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
	specimen_pass();
}
