/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc that belong to a process that has ended.
 * row: Files / files of a dead process in /proc
 * carries: directories and files of a process that has ended
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/stat.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int directory, status, report, hold[2];
	char path[64], buffer[64];
	pid_t child;

	specimen_begin(argc, argv);
	check(pipe(hold) == 0);
	child = fork();
	if (child == 0)
		_exit(read(hold[0], buffer, 1) == 1 ? 0 : 1);
	snprintf(path, sizeof(path), "/proc/%d", child);
	directory = open(path, O_RDONLY | O_DIRECTORY);
	snprintf(path, sizeof(path), "/proc/%d/status", child);
	report = open(path, O_RDONLY);
	check(directory >= 0 && report >= 0 && write(hold[1], "x", 1) == 1);
	check(waitpid(child, &status, 0) == child);
	check(read(report, buffer, 1) == -1 && errno == ESRCH);

	specimen_wait();

	check(read(report, buffer, 1) == -1 && errno == ESRCH);
	check(openat(directory, "status", O_RDONLY) == -1);
	check(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);
	specimen_pass();
}
