/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal whose master is outside of the tree, as that of a container: the caller gets a new one
 * and writes a line to it, as the old owner does while there was no restore.
 * row: Terminals / master outside of the tree
 * carries: the caller gets a new master (--orphan-pts-master)
 * options: --orphan-pts-master
 * not in own: the terminal goes to a caller that speaks the protocol, and boxes are called by command line
 * not in user: the terminal goes to a caller that speaks the protocol, and boxes are called by command line
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

/* Outside of the tree: its parent has ended. */
static void owner(int master)
{
	struct pollfd poll_fd = { .fd = master, .events = 0 };

	while (poll(&poll_fd, 1, 10) == 0)
		if (specimen_told()) {
			if (write(master, "from the caller\n", 16) < 0)
				_exit(1);
			usleep(200000);
		}
	_exit(0);
}

int main(int argc, char **argv)
{
	int master, slave, tty, number, unlocked = 0, status;
	struct winsize window = { 50, 120, 0, 0 };
	char path[64], line[64];
	struct termios settings;
	pid_t middle, child;

	specimen_begin(argc, argv);
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	check(ioctl(master, TIOCSPTLCK, &unlocked) == 0 && ioctl(master, TIOCGPTN, &number) == 0);
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY);
	check(slave >= 0);
	middle = fork();
	if (middle == 0) {
		setsid();
		if (fork() == 0) {
			close(slave);
			signal(SIGHUP, SIG_IGN);
			owner(master);
		}
		_exit(0);
	}
	check(waitpid(middle, &status, 0) == middle);
	close(master);
	check(getsid(0) == getpid() && ioctl(slave, TIOCSCTTY, 0) == 0);
	check(ioctl(slave, TIOCSWINSZ, &window) == 0 && tcgetattr(slave, &settings) == 0);
	settings.c_lflag &= ~ECHO;
	check(tcsetattr(slave, TCSANOW, &settings) == 0);
	for (int fd = 0; fd < 3; fd++)
		check(dup2(slave, fd) == fd);
	close(slave);
	child = fork();
	if (child == 0) {
		while (!specimen_told())
			usleep(10000);
		tty = open("/dev/tty", O_RDWR);
		_exit(tty >= 0 && tcgetsid(tty) == getppid() ? 8 : 1);
	}

	specimen_wait();

	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 8);
	check(isatty(0) && isatty(1) && tcgetsid(0) == getpid() && tcgetpgrp(2) == getpgrp());
	memset(&window, 0, sizeof(window));
	check(ioctl(1, TIOCGWINSZ, &window) == 0 && window.ws_row == 50 && window.ws_col == 120);
	check(tcgetattr(2, &settings) == 0 && !(settings.c_lflag & ECHO));
	check(read(0, line, sizeof(line)) == 16 && memcmp(line, "from the caller\n", 16) == 0);
	specimen_pass();
}
