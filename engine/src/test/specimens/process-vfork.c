/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that starts programs all the time, by vfork: most of the time it waits for a child that
 * has its memory.
 * row: Process / vfork parents
 * carries: the dump waits until the child has called execve or has ended, also where the tree was
 *  frozen in between
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int number, status;
	pid_t child;

	specimen_begin(argc, argv);
	specimen_say("ready", "");
	for (number = 0; !specimen_told(); number++) {
		volatile int code = number % 100;

		child = vfork();
		if (child == 0) {
			char text[16] = { 'e', 'x', 'i', 't', ' ', '0' + code / 10, '0' + code % 10 };

			usleep(number * 37 % 9000);
			if (code % 2)
				_exit(code);
			execl("/bin/sh", "sh", "-c", text, (char *)NULL);
			_exit(111);
		}
		check(child > 0);
		check(waitpid(child, &status, 0) == child);
		check(WIFEXITED(status) && WEXITSTATUS(status) == code);
	}
	specimen_pass();
}
