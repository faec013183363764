/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that the kernel may empty at any time, MAP_DROPPABLE: vgetrandom keeps its states there.
 *
 * row: Memory / droppable memory
 * carries: the mapping, empty, as the kernel may leave it too
 */
#define _GNU_SOURCE
#include "maps.h"
#include <sys/random.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

enum { SIZE = 4 * 4096 };

int main(int argc, char **argv)
{
	unsigned char *area, random[16];

	specimen_begin(argc, argv);
	area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);
	check(area != MAP_FAILED || errno == EINVAL || errno == EOPNOTSUPP); /* before Linux 6.11 */
	if (area != MAP_FAILED)
		memset(area, 1, SIZE);
	check(getrandom(random, sizeof(random), 0) == sizeof(random));

	specimen_wait();

	check(getrandom(random, sizeof(random), 0) == sizeof(random));
	if (area != MAP_FAILED) {
		check(maps_has(area, " dp") && maps_has(area, " wf"));
		for (int i = 0; i < SIZE; i++)
			check(area[i] <= 1);
		area[0] = 2;
	}
	specimen_pass();
}
