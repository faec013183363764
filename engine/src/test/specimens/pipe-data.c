/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pipes with bytes in them, held by two processes: what most programs do with pipes.
 * row: Files / pipes with content
 * carries: bytes between two processes
 */
#include "specimen.h"
#include <sys/wait.h>

#define LONG 50000

int main(int argc, char **argv)
{
	static char sent[LONG], got[LONG];
	int down[2], up[2], i, status;
	size_t have = 0;
	ssize_t more;
	pid_t child;

	specimen_begin(argc, argv);
	check(pipe(down) == 0 && pipe(up) == 0);
	for (i = 0; i < LONG; i++)
		sent[i] = (char)(i * 31 + i / 253);
	check(write(down[1], sent, LONG) == LONG);
	check(write(up[1], "early ", 6) == 6);
	child = fork();
	if (child == 0) {
		close(down[1]);
		close(up[0]);
		while (!specimen_told())
			usleep(1000);
		while ((more = read(down[0], got, 4096)) > 0)
			if (write(up[1], got, more) != more)
				_exit(1);
		_exit(more == 0 ? 42 : 2);
	}
	close(down[0]);
	close(up[1]);
	check(fcntl(up[0], F_SETFD, FD_CLOEXEC) == 0);

	specimen_wait();

	check(fcntl(up[0], F_GETFD) == FD_CLOEXEC && fcntl(down[1], F_GETFD) == 0);
	check(read(up[0], got, 6) == 6 && memcmp(got, "early ", 6) == 0);
	check(close(down[1]) == 0);
	while (have < LONG && (more = read(up[0], got + have, LONG - have)) > 0)
		have += more;
	check(have == LONG && memcmp(sent, got, LONG) == 0);
	check(read(up[0], got, 1) == 0);
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 42);
	specimen_pass();
}
