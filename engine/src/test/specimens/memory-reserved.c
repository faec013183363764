/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terabytes that were only reserved (PROT_NONE, without MAP_NORESERVE), as database servers do for
 * their buffers: more than the machine would ever promise, so they may not be made writable, not
 * for a moment. Here and there pages were opened, and one of them was closed again.
 *
 * row: Memory / reserved address space
 * beyond CRIU: more than the machine promises; protection and content of what was opened in it
 */
#define _GNU_SOURCE
#include "maps.h"
#include <sys/wait.h>

static const unsigned long TIB = 1ul << 40, PAGE = 4096;

static void is_as_it_was(unsigned char *reserved)
{
	check(!maps_has(reserved, " ac"));
	check(reserved[TIB] == 7 && reserved[TIB + 1] == 0);
	check(mprotect(reserved + 2 * TIB, PAGE, PROT_READ) == 0 && reserved[2 * TIB] == 8);
	check(mprotect(reserved + 3 * TIB, PAGE, PROT_READ | PROT_WRITE) == 0);
	reserved[3 * TIB] = 9;
}

int main(int argc, char **argv)
{
	unsigned char *reserved;
	int status;
	pid_t child;

	specimen_begin(argc, argv);
	reserved = mmap(NULL, 8 * TIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(reserved != MAP_FAILED);
	check(mprotect(reserved + TIB, PAGE, PROT_READ | PROT_WRITE) == 0);
	reserved[TIB] = 7;
	check(mprotect(reserved + 2 * TIB, PAGE, PROT_READ | PROT_WRITE) == 0);
	reserved[2 * TIB] = 8;
	check(mprotect(reserved + 2 * TIB, PAGE, PROT_NONE) == 0);
	child = fork();
	if (child == 0) {
		while (!specimen_told())
			usleep(1000);
		is_as_it_was(reserved);
		_exit(0);
	}
	check(child > 0);

	specimen_wait();

	is_as_it_was(reserved);
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	specimen_pass();
}
