/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared anonymous memory: with children, in pieces, changed after the fork, larger than a chunk.
 * row: Memory / shared anonymous
 * carries: with children, in pieces, changed after the fork, larger than a chunk
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/mman.h>
#include <sys/wait.h>

enum { SIZE = 8 << 20 };

int main(int argc, char **argv)
{
	unsigned char *shared, *moved;
	pid_t child;
	int status, i;

	specimen_begin(argc, argv);
	shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(shared != MAP_FAILED);
	for (i = 0; i < SIZE; i += 4096)
		if (i % (3 * 4096) != 0)
			memset(shared + i, i / 4096 % 251, 4096);
	child = fork();
	if (child == 0) {
		check(munmap(shared + (1 << 20), 1 << 20) == 0);
		check(mprotect(shared, 4096, PROT_READ) == 0);
		while (!specimen_told())
			usleep(10000);
		for (i = 2 << 20; i < SIZE; i += 4096)
			if (shared[i] != (i % (3 * 4096) != 0 ? i / 4096 % 251 : 0))
				_exit(1);
		shared[4 << 20] = 0xee;
		_exit(4);
	}
	moved = mremap(shared, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
		       mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	check(moved != MAP_FAILED);

	specimen_wait();

	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 4);
	check(shared[4 << 20] == 0xee);
	for (i = 4096; i < SIZE; i += 4096)
		if (i != 4 << 20)
			check(shared[i] == (i % (3 * 4096) != 0 ? i / 4096 % 251 : 0));
	check(moved[0] == 0);
	specimen_pass();
}
