/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pipes in packet mode: packets stay apart, also when the writer is gone.
 * row: Files / pipes in packet mode
 * beyond CRIU: O_DIRECT: packets stay apart, also when the writer is gone
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/stat.h>

int main(int argc, char **argv)
{
	int open_pipe[2], left[2], single[2];
	char buffer[8192];
	struct stat stat;

	specimen_begin(argc, argv);
	check(pipe2(open_pipe, O_DIRECT) == 0 && pipe2(left, O_DIRECT) == 0 && pipe2(single, O_DIRECT) == 0);
	memset(buffer, 'x', sizeof(buffer));
	check(write(open_pipe[1], "one", 3) == 3 && write(open_pipe[1], "three", 5) == 5);
	check(write(open_pipe[1], buffer, 4096) == 4096);
	check(write(left[1], "a", 1) == 1 && write(left[1], "bc", 2) == 2 && close(left[1]) == 0);
	check(write(single[1], "only", 4) == 4);
	check(fchown(single[0], 12, 34) == 0);

	specimen_wait();

	check(fcntl(open_pipe[1], F_GETFL) & O_DIRECT && !(fcntl(open_pipe[0], F_GETFL) & O_DIRECT));
	check(read(open_pipe[0], buffer, sizeof(buffer)) == 3 && memcmp(buffer, "one", 3) == 0);
	check(read(open_pipe[0], buffer, 2) == 2 && memcmp(buffer, "th", 2) == 0);
	check(read(open_pipe[0], buffer, sizeof(buffer)) == 4096); /* the rest of a packet is dropped */
	check(read(left[0], buffer, sizeof(buffer)) == 1 && read(left[0], buffer, sizeof(buffer)) == 2);
	check(read(left[0], buffer, sizeof(buffer)) == 0);
	check(write(single[1], "next", 4) == 4);
	check(read(single[0], buffer, sizeof(buffer)) == 4 && memcmp(buffer, "only", 4) == 0);
	check(read(single[0], buffer, sizeof(buffer)) == 4 && memcmp(buffer, "next", 4) == 0);
	check(fstat(single[1], &stat) == 0 && stat.st_uid == 12 && stat.st_gid == 34);
	specimen_pass();
}
