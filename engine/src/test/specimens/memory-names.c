/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that PR_SET_VMA_ANON_NAME gave to anonymous memory, private and shared.
 *
 * row: Memory / named anonymous areas
 * beyond CRIU: names of private and shared anonymous memory, where the kernel has them
 */
#define _GNU_SOURCE
#include "maps.h"
#include <sys/prctl.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

enum { SIZE = 4 * 4096 };

int main(int argc, char **argv)
{
	unsigned char *private, *shared;
	char before[2][256];

	specimen_begin(argc, argv);
	private = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	private[0] = shared[0] = 1;
	/* EINVAL: a kernel without names */
	check(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, private, SIZE, "my own pool") == 0 || errno == EINVAL);
	check(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, shared, SIZE, "common pool") == 0 || errno == EINVAL);
	strcpy(before[0], maps_find(private, "Rss:").name);
	strcpy(before[1], maps_find(shared, "Rss:").name);

	specimen_wait();

	check(private[0] == 1 && shared[0] == 1);
	check(strcmp(maps_find(private, "Rss:").name, before[0]) == 0);
	if (strstr(before[1], "[anon_shmem:"))
		check(strcmp(maps_find(shared, "Rss:").name, before[1]) == 0);
	specimen_pass();
}
