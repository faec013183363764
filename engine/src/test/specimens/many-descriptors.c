/* SPDX-License-Identifier: Apache-2.0 */
/*
 * More than ten thousand descriptors, each with something of its own, and a limit that was lowered since.
 * row: Files / many descriptors
 * carries: thousands of descriptors, and some above what the process may open now
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/eventfd.h>
#include <stdint.h>
#include <sys/resource.h>

enum { FIRST = 10, COUNT = 11000, FAR = 15000 };

int main(int argc, char **argv)
{
	struct rlimit limit, later;
	uint64_t value;
	int i, fd;

	specimen_begin(argc, argv);
	check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	if (limit.rlim_max <= FAR)
		limit.rlim_max = FAR + 1;
	limit.rlim_cur = limit.rlim_max;
	check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (i = 0; i < COUNT; i++) {
		fd = eventfd(i, EFD_NONBLOCK);
		check(fd >= 0);
		check(dup2(fd, FIRST + i) == FIRST + i);
		check(close(fd) == 0);
	}
	check(dup2(FIRST, FAR) == FAR);
	limit.rlim_cur = 100;
	limit.rlim_max = 1000;
	check(setrlimit(RLIMIT_NOFILE, &limit) == 0);

	specimen_wait();

	check(getrlimit(RLIMIT_NOFILE, &later) == 0);
	check(later.rlim_cur == 100 && later.rlim_max == 1000);
	check(read(FAR, &value, sizeof(value)) == -1 && errno == EAGAIN); /* the first one's count is 0 */
	check(eventfd_write(FAR, 7) == 0);
	for (i = 0; i < COUNT; i++) {
		check(read(FIRST + i, &value, sizeof(value)) == sizeof(value));
		if (value != (uint64_t)(i == 0 ? 7 : i))
			specimen_fail("descriptor %d counts %llu", FIRST + i, (unsigned long long)value);
	}
	check(fcntl(FIRST + COUNT, F_GETFD) == -1 && errno == EBADF);
	specimen_pass();
}
