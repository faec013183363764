/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locked memory: mlock(2), mlock2(2) with MLOCK_ONFAULT, mlockall(2) for what is yet to come, and
 * locked areas that cannot be touched.
 *
 * row: Memory / mlock
 * carries: which areas are locked
 * beyond CRIU: MLOCK_ONFAULT, and the modes of mlockall(2) for mappings to come
 */
#define _GNU_SOURCE
#include "maps.h"

enum { PAGE = 4096, SIZE = 16 * PAGE };

static unsigned char *map(int protection)
{
	unsigned char *area = mmap(NULL, SIZE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(area != MAP_FAILED);
	return area;
}

static int resident(unsigned char *area)
{
	unsigned char pages[16];
	int count = 0;

	check(mincore(area, SIZE, pages) == 0);
	for (int i = 0; i < 16; i++)
		count += pages[i] & 1;
	return count;
}

int main(int argc, char **argv)
{
	unsigned char *plain, *locked, *onfault, *none, *later;

	specimen_begin(argc, argv);
	plain = map(PROT_READ | PROT_WRITE);
	map(PROT_NONE); /* keeps them apart */
	locked = map(PROT_READ | PROT_WRITE);
	check(mlock(locked, SIZE) == 0);
	map(PROT_NONE);
	onfault = map(PROT_READ | PROT_WRITE);
	check(mlock2(onfault, SIZE, MLOCK_ONFAULT) == 0);
	onfault[3 * PAGE] = 3;
	map(PROT_NONE);
	none = map(PROT_READ | PROT_WRITE);
	none[PAGE] = 9;
	check(mlock2(none, SIZE, MLOCK_ONFAULT) == 0 && mprotect(none, SIZE, PROT_NONE) == 0);
	check(mlockall(MCL_FUTURE | MCL_ONFAULT) == 0);

	specimen_wait();

	check(!maps_has(plain, " lo") && maps_has(locked, " lo") && !maps_has(locked, " lf"));
	check(maps_has(onfault, " lo") && maps_has(onfault, " lf"));
	check(resident(locked) == 16 && resident(onfault) == 1 && onfault[3 * PAGE] == 3);
	check(maps_has(none, " lo") && mprotect(none, SIZE, PROT_READ) == 0 && none[PAGE] == 9);
	later = map(PROT_READ | PROT_WRITE);
	check(maps_has(later, " lo") && maps_has(later, " lf") && resident(later) == 0);
	check(munlockall() == 0);
	check(!maps_has(map(PROT_READ | PROT_EXEC), " lo"));
	specimen_pass();
}
