/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heap, stack, data, private mappings with every protection, zero pages and holes.
 * row: Memory / private anonymous
 * carries: heap, stack, data, mappings of every protection, PROT_NONE with content, zero pages, a terabyte never
 *   touched
 */
#include "specimen.h"
#include <sys/mman.h>

#define PAGE 4096

static int data = 42;
static int zero[4096];

int main(int argc, char **argv)
{
	unsigned char local[20000];
	unsigned char *heap, *area, *none, *readonly, *huge, *untouched;
	char *environment = getenv("PATH");
	int i;

	specimen_begin(argc, argv);
	for (i = 0; i < (int)sizeof(local); i++)
		local[i] = i * 7;
	heap = malloc(100000);
	for (i = 0; i < 100000; i++)
		heap[i] = i * 3;
	area = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < 64; i += 2)
		area[i * PAGE] = i + 1;
	none = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(none, 0x5a, PAGE);
	mprotect(none, PAGE, PROT_NONE);
	readonly = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(readonly, 0x33, 3 * PAGE);
	mprotect(readonly + PAGE, PAGE, PROT_READ);
	huge = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < 8 << 20; i += PAGE)
		*(int *)(huge + i) = i;
	untouched = mmap(NULL, 1ul << 40, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	data = 4711;
	zero[100] = 17;

	specimen_wait();

	check(data == 4711 && zero[100] == 17 && zero[101] == 0);
	check(environment == getenv("PATH"));
	for (i = 0; i < (int)sizeof(local); i++)
		check(local[i] == (unsigned char)(i * 7));
	for (i = 0; i < 100000; i++)
		check(heap[i] == (unsigned char)(i * 3));
	for (i = 0; i < 64; i++)
		check(area[i * PAGE] == (i % 2 ? 0 : i + 1));
	mprotect(none, PAGE, PROT_READ);
	for (i = 0; i < PAGE; i++)
		check(none[i] == 0x5a);
	for (i = 0; i < 3 * PAGE; i++)
		check(readonly[i] == 0x33);
	readonly[0] = 1;
	check(mprotect(readonly + PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
	for (i = 0; i < 8 << 20; i += PAGE)
		check(*(int *)(huge + i) == i);
	check(untouched[0] == 0);
	untouched[1ul << 39] = 1;
	check(sbrk(0) != (void *)-1 && sbrk(8192) != (void *)-1);
	specimen_pass();
}
