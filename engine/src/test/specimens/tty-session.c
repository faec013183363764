/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session with a controlling terminal: a leader, its children, groups, /dev/tty, signals.
 * row: Terminals / controlling terminal
 * carries: a session with leader, children, groups, /dev/tty and its signals
 * beyond CRIU: a session whose terminal's master is held by another one
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(90);
}

/* In the foreground group: reads a line, is interrupted. Holds no descriptor but /dev/tty. */
static void foreground(int answer)
{
	char line[64];
	int tty = open("/dev/tty", O_RDWR);

	signal(SIGINT, on_interrupt);
	while (tcgetpgrp(tty) != getpgrp())
		usleep(1000);
	say(answer, "f");
	if (read(tty, line, sizeof(line)) != 6)
		_exit(1);
	while (!interrupted)
		usleep(1000);
	_exit(memcmp(line, "hello\n", 6) == 0 && tcgetsid(tty) == getsid(0) ? 11 : 2);
}

/* Has closed everything of the terminal, and still has it. */
static void detached(int answer)
{
	int tty;

	say(answer, "d");
	while (!specimen_told())
		usleep(10000);
	tty = open("/dev/tty", O_RDWR);
	_exit(tty >= 0 && tcgetsid(tty) == getsid(0) ? 12 : 3);
}

static void leader(int slave, int answer)
{
	int status, open_tty;
	pid_t front, back;
	pid_t group;

	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		_exit(20);
	open_tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	front = fork();
	if (front == 0) {
		setpgid(0, 0);
		close(slave);
		close(open_tty);
		foreground(answer);
	}
	setpgid(front, front);
	signal(SIGTTOU, SIG_IGN);
	if (tcsetpgrp(slave, front) < 0)
		_exit(21);
	back = fork();
	if (back == 0) {
		close(slave);
		close(open_tty);
		detached(answer);
	}
	say(answer, "l");
	group = tcgetpgrp(open_tty);
	if (waitpid(front, &status, 0) != front || !WIFEXITED(status) || WEXITSTATUS(status) != 11)
		_exit(22);
	if (waitpid(back, &status, 0) != back || !WIFEXITED(status) || WEXITSTATUS(status) != 12)
		_exit(23);
	_exit(group == front && tcgetpgrp(open_tty) == front && tcgetsid(slave) == getpid() ? 10 : 24);
}

int main(int argc, char **argv)
{
	int master, slave, number, unlocked = 0, answer[2], status;
	char path[64], byte;
	pid_t child, sid;

	specimen_begin(argc, argv);
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	check(ioctl(master, TIOCSPTLCK, &unlocked) == 0 && ioctl(master, TIOCGPTN, &number) == 0);
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY);
	check(slave >= 0 && pipe(answer) == 0);
	child = fork();
	if (child == 0) {
		close(master);
		leader(slave, answer[1]);
	}
	close(slave);
	for (int i = 0; i < 3; i++)
		check(read(answer[0], &byte, 1) == 1);

	specimen_wait();

	check(ioctl(master, TIOCGSID, &sid) == 0 && sid == child);
	check(write(master, "hello\n", 6) == 6);
	usleep(50000);
	check(write(master, "\x03", 1) == 1);
	check(waitpid(child, &status, 0) == child && WIFEXITED(status));
	check(WEXITSTATUS(status) == 10);
	{
		struct pollfd poll_fd = { .fd = master, .events = 0 };

		check(poll(&poll_fd, 1, 10000) == 1 && poll_fd.revents & POLLHUP);
	}
	specimen_pass();
}
