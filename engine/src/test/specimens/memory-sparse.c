/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 16 TiB of reserved address space with a page here and there, as sanitizers and virtual machines
 * have it; holes, pages only read, pages given back, and a shared area as sparse. The images must be
 * small: nothing of this fits on a disk.
 *
 * row: Memory / sparse giants
 * carries: what was written; never touched pages, zero pages and holes take no room
 */
#define _GNU_SOURCE
#include "maps.h"

static const unsigned long TIB = 1ul << 40, PAGE = 4096;

int main(int argc, char **argv)
{
	unsigned char *none, *open, *shared, *read, *given;
	unsigned long sum = 0;

	specimen_begin(argc, argv);
	none = mmap(NULL, 16 * TIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	open = mmap(NULL, 16 * TIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	shared = mmap(NULL, TIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(none != MAP_FAILED && open != MAP_FAILED && shared != MAP_FAILED);
	check(madvise(open, 16 * TIB, MADV_NOHUGEPAGE) == 0);
	for (unsigned long i = 0; i < 64; i++) {
		open[i * (TIB / 4) + i * PAGE] = i + 1;
		shared[i * (TIB / 64) + i * PAGE] = i + 1;
	}
	read = mmap(NULL, 1 << 28, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(madvise(read, 1 << 28, MADV_NOHUGEPAGE) == 0);
	for (int i = 0; i < 1 << 28; i += PAGE)
		sum += read[i];
	given = mmap(NULL, 1 << 27, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(given, 1, 1 << 27);
	check(madvise(given, 1 << 27, MADV_DONTNEED) == 0);
	given[PAGE] = 5;

	specimen_wait();

	check(sum == 0);
	for (unsigned long i = 0; i < 64; i++) {
		check(open[i * (TIB / 4) + i * PAGE] == i + 1);
		check(shared[i * (TIB / 64) + i * PAGE] == i + 1);
	}
	check(maps_kib(open, "Rss:") <= 64 * 4 && maps_has(none, " nr") && maps_has(open, " nr"));
	check(maps_kib(shared, "Rss:") <= 64 * 4 && maps_has(shared, " nr"));
	check(given[PAGE] == 5 && given[0] == 0 && maps_kib(given, "Rss:") <= 12);
	check(maps_kib(read, "Anonymous:") == 0 && read[PAGE] == 0);
	check(mprotect(none + 8 * TIB, PAGE, PROT_READ | PROT_WRITE) == 0);
	none[8 * TIB] = 1;
	specimen_pass();
}
