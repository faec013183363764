/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pidfds: of oneself, parent, child, a zombie, and processes that have ended; shared,
 * duplicated and non-blocking ones.
 * row: Files / pidfd
 * carries: of oneself, parent, child and a zombie; shared, duplicated and non-blocking
 * beyond CRIU: of processes that have ended and of threads
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PIDFD_NONBLOCK O_NONBLOCK

static int open_pidfd(pid_t pid, unsigned flags)
{
	int fd = syscall(SYS_pidfd_open, pid, flags);

	check(fd >= 0);
	return fd;
}

static int has_ended(int pidfd)
{
	struct pollfd poller = { .fd = pidfd, .events = POLLIN };

	return poll(&poller, 1, 0) == 1;
}

/* What the kernel says of a pidfd: -1 is a process that has ended. */
static int target(int pidfd)
{
	char text[1024], *at;

	specimen_read(text, sizeof(text), "/proc/self/fdinfo/%d", pidfd);
	at = strstr(text, "\nPid:");
	check(at != NULL);
	return atoi(at + 5);
}

static pid_t child_of(int status)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (status >= 0)
			_exit(status);
		for (;;)
			pause();
	}
	return pid;
}

int main(int argc, char **argv)
{
	int self, child, shared, ended, ended_too, ended_again, zombie, parent, dupped, i, status;
	pid_t living, dead, other_dead, unreaped, holder;
	siginfo_t info;
	struct stat a, b, c;

	specimen_begin(argc, argv);
	self = open_pidfd(getpid(), 0);
	living = child_of(-1);
	child = open_pidfd(living, PIDFD_NONBLOCK);
	dupped = dup(child);
	shared = open_pidfd(living, 0);
	dead = child_of(0);
	ended = open_pidfd(dead, 0);
	ended_again = open_pidfd(dead, PIDFD_NONBLOCK);
	check(waitpid(dead, NULL, 0) == dead);
	other_dead = child_of(0);
	ended_too = open_pidfd(other_dead, 0);
	check(waitpid(other_dead, NULL, 0) == other_dead);
	unreaped = child_of(7);
	zombie = open_pidfd(unreaped, 0);
	check(waitid(P_PID, unreaped, &info, WEXITED | WNOWAIT) == 0);
	holder = fork();
	if (holder == 0) {
		parent = open_pidfd(getppid(), 0);
		while (!specimen_told())
			usleep(10000);
		check(target(parent) == getppid() && target(child) == living && target(ended) == -1);
		_exit(target(self) == getppid() ? 3 : 4);
	}

	specimen_wait();

	check(waitpid(holder, &status, 0) == holder && WIFEXITED(status) && WEXITSTATUS(status) == 3);
	check(target(self) == getpid() && !has_ended(self));
	check(target(child) == living && target(dupped) == living && target(shared) == living);
	check((fcntl(child, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(shared, F_GETFL) & O_NONBLOCK) == 0);
	check(fcntl(child, F_GETFD) == FD_CLOEXEC && fcntl(dupped, F_GETFD) == 0);
	check(waitid(P_PIDFD, child, &info, WEXITED) == -1 && errno == EAGAIN);
	check(target(ended) == -1 && target(ended_too) == -1 && target(ended_again) == -1);
	check(has_ended(ended) && has_ended(ended_too));
	check((fcntl(ended_again, F_GETFL) & O_NONBLOCK) != 0);
	check(syscall(SYS_pidfd_send_signal, ended, 0, NULL, 0) == -1 && errno == ESRCH);
	check(fstat(ended, &a) == 0 && fstat(ended_again, &b) == 0 && fstat(ended_too, &c) == 0);
	check(a.st_ino == b.st_ino && a.st_ino != c.st_ino);
	check(target(zombie) == unreaped && has_ended(zombie));
	check(waitid(P_PIDFD, zombie, &info, WEXITED) == 0 && info.si_status == 7);
	check(syscall(SYS_pidfd_send_signal, shared, SIGKILL, NULL, 0) == 0);
	for (i = 0; i < 2000 && !has_ended(child); i++)
		usleep(1000);
	check(waitid(P_PIDFD, child, &info, WEXITED) == 0 && info.si_pid == living);
	check(has_ended(dupped));
	specimen_pass();
}
