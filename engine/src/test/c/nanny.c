/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parent of what a test starts, so that the JVM is not: its process reaper would take the stops of a
 * traced child for the child's end. Starts argv[2] ... as leader of a session, writes its pid to
 * argv[1] and, once it has ended, its exit status (128 and the signal's number, if that ended it) to
 * argv[1].status. Reaps at once whatever ends below it, orphans too. When its standard input is
 * closed it kills all that is left below it, and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void note(const char *file, const char *suffix, int number)
{
	char final[4096], draft[4200], text[32];
	int fd;

	snprintf(final, sizeof(final), "%s%s", file, suffix);
	snprintf(draft, sizeof(draft), "%s.draft", final);
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, snprintf(text, sizeof(text), "%d", number)) < 0)
		exit(3);
	close(fd);
	rename(draft, final);
}

/* Whether there may be more children. */
static int reap(const char *file)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		if (ended == child)
			note(file, ".status", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return ended == 0;
}

static void kill_children(void)
{
	char name[64];
	FILE *list;
	int pid;

	snprintf(name, sizeof(name), "/proc/self/task/%d/children", getpid());
	list = fopen(name, "re");
	while (list && fscanf(list, "%d", &pid) == 1)
		kill(pid, SIGKILL); /* a child of ours that we have not waited for: the pid is its own */
	if (list)
		fclose(list);
}

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };

	if (argc < 3)
		return 2;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	child = fork();
	if (child == 0) {
		setsid();
		dup2(open("/dev/null", O_RDWR | O_CLOEXEC), 0);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	note(argv[1], "", child);
	while (poll(&input, 1, 5) == 0)
		reap(argv[1]);
	while (reap(argv[1])) {
		kill_children(); /* their children become ours */
		usleep(2000);
	}
	return 0;
}
