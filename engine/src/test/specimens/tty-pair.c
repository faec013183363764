/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pseudo-terminals with both ends here: settings, window, modes, what is queued, hung up ones.
 * row: Terminals / pairs
 * carries: settings, window, hung up ones, both ends in the tree
 * beyond CRIU: what was typed and not yet read, packet mode
 * not in user: typing into a terminal takes rights on the machine
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master(int *number)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY), unlocked = 0;

	check(fd >= 0 && ioctl(fd, TIOCSPTLCK, &unlocked) == 0 && ioctl(fd, TIOCGPTN, number) == 0);
	return fd;
}

static int slave(int number, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	return open(path, flags | O_NOCTTY);
}

static int has_name(int fd, const char *name)
{
	char path[64], link[256];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link) - 1);
	link[length > 0 ? length : 0] = 0;
	return strcmp(link, name) == 0;
}

int main(int argc, char **argv)
{
	struct winsize window = { 33, 77, 5, 6 }, size;
	struct termios settings, locks, now;
	int one, two, three, gone, number[4], a, b, c, hung, value, raw;
	struct pollfd poll_fd;
	char buffer[256], name[64];
	ssize_t length;

	specimen_begin(argc, argv);
	one = master(&number[0]);
	two = master(&number[1]);
	three = master(&number[2]);
	gone = master(&number[3]);
	a = slave(number[0], O_RDWR);
	b = slave(number[0], O_RDONLY | O_NONBLOCK);
	c = slave(number[1], O_RDWR | O_CLOEXEC);
	hung = slave(number[3], O_RDWR);
	check(a >= 0 && b >= 0 && c >= 0 && hung >= 0);
	close(gone); /* hung up from now on */
	check(tcgetattr(a, &settings) == 0);
	settings.c_lflag &= ~ECHO;
	settings.c_cc[VINTR] = 7;
	settings.c_cc[VKILL] = 'k';
	settings.c_cflag |= CSTOPB;
	check(tcsetattr(a, TCSANOW, &settings) == 0);
	memset(&locks, 0, sizeof(locks));
	locks.c_lflag = ISIG;
	if (!specimen_is_privileged()) /* nobody else may lock them */
		locks.c_lflag = 0;
	check(locks.c_lflag == 0 || ioctl(a, TIOCSLCKTRMIOS, &locks) == 0);
	check(ioctl(one, TIOCSWINSZ, &window) == 0);
	check(fchmod(a, 0604) == 0 && fchown(a, 12, 34) == 0);
	check(write(one, "first\nseCond \x16k\n", 16) == 16); /* ^V quotes the k */
	check(poll(&(struct pollfd){ .fd = a, .events = POLLIN }, 1, 1000) == 1);
	check(write(a, "to the master\n", 14) == 14);
	value = 1;
	check(ioctl(two, TIOCPKT, &value) == 0 && ioctl(c, TIOCEXCL) == 0);
	check(tcgetattr(c, &settings) == 0);
	cfmakeraw(&settings);
	settings.c_cc[VMIN] = 1;
	check(tcsetattr(c, TCSANOW, &settings) == 0);
	check(write(two, "ra\nw\x03\x04", 6) == 6);
	check(poll(&(struct pollfd){ .fd = c, .events = POLLIN }, 1, 1000) == 1);
	value = 1;
	check(ioctl(three, TIOCSPTLCK, &value) == 0);

	specimen_wait();

	snprintf(name, sizeof(name), "/dev/pts/%d", number[0]);
	check(has_name(one, "/dev/ptmx") || has_name(one, "/dev/pts/ptmx"));
	check(has_name(a, name) && has_name(b, name));
	check(ioctl(one, TIOCGPTN, &value) == 0 && value == number[0]);
	check(ioctl(two, TIOCGPTN, &value) == 0 && value == number[1]);
	check(ioctl(three, TIOCGPTN, &value) == 0 && value == number[2]);
	check(fcntl(c, F_GETFD) == FD_CLOEXEC && fcntl(b, F_GETFL) & O_NONBLOCK);
	check((fcntl(b, F_GETFL) & O_ACCMODE) == O_RDONLY && !(fcntl(a, F_GETFL) & O_NONBLOCK));
	check(tcgetattr(a, &now) == 0 && !(now.c_lflag & ECHO) && now.c_lflag & ICANON);
	check(now.c_cc[VINTR] == 7 && now.c_cc[VKILL] == 'k' && now.c_cflag & CSTOPB);
	check(ioctl(a, TIOCGLCKTRMIOS, &now) == 0 && now.c_lflag == locks.c_lflag && now.c_iflag == 0);
	check(ioctl(a, TIOCGWINSZ, &size) == 0 && memcmp(&size, &window, sizeof(size)) == 0);
	check(ioctl(one, TIOCGWINSZ, &size) == 0 && memcmp(&size, &window, sizeof(size)) == 0);
	{
		struct stat stat;

		check(fstat(a, &stat) == 0 && (stat.st_mode & 07777) == 0604);
		check(stat.st_uid == 12 && stat.st_gid == 34);
	}
	length = read(a, buffer, sizeof(buffer));
	check(length == 6 && memcmp(buffer, "first\n", 6) == 0);
	length = read(b, buffer, sizeof(buffer));
	check(length == 9 && memcmp(buffer, "seCond k\n", 9) == 0);
	check(read(b, buffer, sizeof(buffer)) == -1 && errno == EAGAIN);
	length = read(one, buffer, sizeof(buffer));
	check(length == 15 && memcmp(buffer, "to the master\r\n", 15) == 0);
	check(ioctl(two, TIOCGPKT, &value) == 0 && value == 1);
	check(ioctl(c, TIOCGEXCL, &value) == 0 && value == 1 && ioctl(a, TIOCGEXCL, &value) == 0 && value == 0);
	length = read(c, buffer, sizeof(buffer));
	check(length == 6 && memcmp(buffer, "ra\nw\x03\x04", 6) == 0);
	check(ioctl(three, TIOCGPTLCK, &value) == 0 && value == 1);
	check(ioctl(two, TIOCGPTLCK, &value) == 0 && value == 0);
	poll_fd = (struct pollfd){ .fd = three, .events = POLLIN };
	check(poll(&poll_fd, 1, 0) == 0); /* no slave was ever open, so none is gone */
	check(read(hung, buffer, 1) == 0 && write(hung, "x", 1) == -1 && errno == EIO);
	check(tcgetattr(hung, &now) == -1 && errno == EIO);
	raw = slave(number[2], O_RDWR);
	check(raw == -1 && errno == EIO); /* locked */
	/* it works on */
	check(write(one, "more\n", 5) == 5 && read(a, buffer, sizeof(buffer)) == 5);
	check(write(c, "packet", 6) == 6);
	length = read(two, buffer, sizeof(buffer));
	check(length == 7 && buffer[0] == TIOCPKT_DATA && memcmp(buffer + 1, "packet", 6) == 0);
	specimen_pass();
}
