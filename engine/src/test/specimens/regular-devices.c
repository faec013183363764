/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that keep nothing, files of /proc and /sys.
 * row: Files / devices, /proc and /sys
 * carries: devices that keep no state, files of /proc and /sys with their positions
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void check_device(int fd, int major_number, int minor_number, int access)
{
	struct stat stat;

	check(fstat(fd, &stat) == 0 && S_ISCHR(stat.st_mode));
	check(major(stat.st_rdev) == (unsigned)major_number);
	check(minor(stat.st_rdev) == (unsigned)minor_number);
	check((fcntl(fd, F_GETFL) & O_ACCMODE) == access);
}

int main(int argc, char **argv)
{
	int null, zero, full, random, own, process, kernel;
	char buffer[4096], again[4096];
	ssize_t length;
	char path[64];

	specimen_begin(argc, argv);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	zero = open("/dev/zero", O_RDONLY);
	full = open("/dev/full", O_RDWR);
	random = open("/dev/urandom", O_RDONLY | O_NONBLOCK);
	own = open("/proc/self/cmdline", O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%d", getpid());
	process = open(path, O_RDONLY | O_DIRECTORY);
	kernel = open("/proc/sys/kernel/ostype", O_RDONLY);
	check(null >= 0 && zero >= 0 && full >= 0 && random >= 0 && own >= 0 && process >= 0);
	check(read(kernel, buffer, 2) == 2);
	check(read(own, buffer, 3) == 3);

	specimen_wait();

	check_device(0, 1, 3, O_RDWR);
	check_device(null, 1, 3, O_WRONLY);
	check_device(zero, 1, 5, O_RDONLY);
	check_device(full, 1, 7, O_RDWR);
	check_device(random, 1, 9, O_RDONLY);
	check(fcntl(random, F_GETFL) & O_NONBLOCK);
	check(read(zero, buffer, 4) == 4 && memcmp(buffer, "\0\0\0\0", 4) == 0);
	check(write(full, "x", 1) == -1 && errno == ENOSPC);
	check(read(random, buffer, 16) == 16);
	check(read(kernel, buffer, 3) == 3 && memcmp(buffer, "nux", 3) == 0);
	length = read(own, buffer, sizeof(buffer));
	check(lseek(own, 3, SEEK_SET) == 3 && read(own, again, sizeof(again)) == length);
	check(length > 0 && memcmp(buffer, again, length) == 0);
	check(faccessat(process, "status", R_OK, 0) == 0);
	specimen_pass();
}
