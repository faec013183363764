/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Huge pages of hugetlbfs: private and shared anonymous memory, memfds with and without a descriptor
 * left, a private mapping of such a file. Lets the kernel take huge pages while there is need of them.
 *
 * row: Memory / hugetlb
 * carries: private and shared memory of huge pages, memfds of them; what of it was never touched
 *     takes no room
 * not in user: how many huge pages there are is said by the machine's administrator
 */
#define _GNU_SOURCE
#include "maps.h"
#include <sys/wait.h>

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 4
#endif

static const size_t HUGE = 2 << 20;
static const char *knob = "/proc/sys/vm/nr_overcommit_hugepages";

static long overcommit(long set)
{
	long value;
	FILE *file = fopen(knob, set < 0 ? "r" : "w");

	check(file != NULL);
	if (set < 0)
		check(fscanf(file, "%ld", &value) == 1);
	else
		value = fprintf(file, "%ld", set);
	check(fclose(file) == 0);
	return value;
}

static unsigned char *map(size_t pages, int flags, int fd)
{
	unsigned char *area = mmap(NULL, pages * HUGE, PROT_READ | PROT_WRITE, flags, fd, 0);

	check(area != MAP_FAILED);
	return area;
}

int main(int argc, char **argv)
{
	unsigned char *private, *shared, *file, *gone, *copied, *none, byte;
	struct stat stat;
	long before;
	pid_t child;
	int fd, other, status;

	specimen_begin(argc, argv);
	before = overcommit(-1);
	if (before < 64)
		overcommit(64);
	private = map(3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	memset(private, 1, HUGE);
	private[2 * HUGE + 5000] = 2;
	none = map(1, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	none[100] = 9;
	check(mprotect(none, HUGE, PROT_NONE) == 0);
	shared = map(3, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	shared[HUGE + 7] = 3;
	fd = memfd_create("huge", MFD_HUGETLB);
	check(fd >= 0 && ftruncate(fd, 4 * HUGE) == 0);
	file = map(4, MAP_SHARED, fd);
	file[3 * HUGE] = 4;
	file[HUGE] = 5;
	copied = map(4, MAP_PRIVATE, fd);
	copied[HUGE + 1] = 6;
	other = memfd_create("other", MFD_HUGETLB);
	check(other >= 0 && ftruncate(other, HUGE) == 0);
	gone = map(1, MAP_SHARED, other);
	gone[1] = 7;
	close(other);
	child = fork();
	if (child == 0) {
		while (!specimen_told())
			usleep(10000);
		shared[0] = 33;
		gone[2] = 34;
		_exit(private[0] == 1 && shared[HUGE + 7] == 3 ? 8 : 1);
	}

	specimen_wait();

	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 8);
	check(private[HUGE - 1] == 1 && private[2 * HUGE + 5000] == 2 && private[HUGE] == 0);
	check(maps_has(private, " ht") && maps_has(shared, " ht") && maps_has(file, " ht") && maps_has(gone, " ht"));
	check(mprotect(none, HUGE, PROT_READ) == 0 && none[100] == 9);
	check(shared[0] == 33 && shared[HUGE + 7] == 3 && gone[1] == 7 && gone[2] == 34);
	check(file[3 * HUGE] == 4 && file[HUGE] == 5 && copied[HUGE] == 5 && copied[HUGE + 1] == 6 && file[HUGE + 1] == 0);
	check(fstat(fd, &stat) == 0 && stat.st_size == (off_t)(4 * HUGE) && stat.st_blksize == (blksize_t)HUGE);
	check(pread(fd, &byte, 1, 3 * HUGE) == 1 && byte == 4);
	if (before < 64)
		overcommit(before);
	specimen_pass();
}
