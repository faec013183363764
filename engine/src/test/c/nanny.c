/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parent of a specimen, so that the JVM is not: its process reaper would take the stops of a traced
 * child for the child's end. Starts argv[2] ... as leader of a session, writes its pid to argv[1],
 * reaps whatever ends below it at once, and ends when its standard input is closed.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	char draft[4096], text[32];
	pid_t child, ended;
	int fd, alive = 1;

	if (argc < 3)
		return 2;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	child = fork();
	if (child == 0) {
		setsid();
		execv(argv[2], argv + 2);
		_exit(127);
	}
	snprintf(draft, sizeof(draft), "%s.draft", argv[1]);
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, snprintf(text, sizeof(text), "%d", child)) < 0)
		return 3;
	close(fd);
	rename(draft, argv[1]);
	while (poll(&input, 1, 5) == 0)
		while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
			alive &= ended != child;
	if (alive && child > 0) /* else its pid may be another process's by now */
		kill(child, SIGKILL);
	return 0;
}
