/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How likely each process is to be killed when memory runs out.
 * row: Process / oom_score_adj
 * carries: the score of each process
 */
#include "specimen.h"
#include <sys/wait.h>

static void score(const char *text)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void check_score(const char *expected)
{
	char text[32];

	specimen_read(text, sizeof(text), "/proc/self/oom_score_adj");
	if (strcmp(text, expected) != 0)
		specimen_fail("%s instead of %s", text, expected);
}

int main(int argc, char **argv)
{
	int ends[2], status;
	pid_t child;
	char byte;

	specimen_begin(argc, argv);
	check(pipe(ends) == 0);
	score("700");
	child = fork();
	if (child == 0) {
		close(ends[1]);
		score("900");
		check(read(ends[0], &byte, 1) == 0);
		check_score("900\n");
		_exit(0);
	}
	check(child > 0);
	close(ends[0]);
	do {
		char text[32];

		usleep(1000);
		specimen_read(text, sizeof(text), "/proc/%d/oom_score_adj", child);
		status = strcmp(text, "900\n");
	} while (status != 0);

	specimen_wait();

	check_score("700\n");
	close(ends[1]);
	check(waitpid(child, &status, 0) == child && status == 0);
	specimen_pass();
}
