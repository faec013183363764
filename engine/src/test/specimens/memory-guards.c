/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guard pages of MADV_GUARD_INSTALL: in anonymous memory, in a file, in locked memory; and the same
 * protected from being touched with PROT_NONE.
 *
 * row: Memory / guard pages
 * carries: guard pages in anonymous memory
 * beyond CRIU: guard pages in mapped files and in locked memory
 */
#define _GNU_SOURCE
#include "maps.h"
#include <setjmp.h>
#include <signal.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

enum { PAGE = 4096, PAGES = 16 };

static sigjmp_buf back;

static void fault(int signal)
{
	siglongjmp(back, signal);
}

/* The signal that reading a byte ends in; 0 for none. */
static int touch(volatile unsigned char *byte)
{
	int signal = sigsetjmp(back, 1);

	if (signal == 0)
		(void)*byte;
	return signal;
}

int main(int argc, char **argv)
{
	unsigned char *area, *mapped, *locked;
	char path[4096];
	int file, has_files, has_any;

	specimen_begin(argc, argv);
	signal(SIGSEGV, fault);
	area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(area, 1, PAGES * PAGE);
	/* EINVAL: a kernel without guard pages, before Linux 6.13; in files, before 6.15 */
	has_any = madvise(area + 3 * PAGE, 2 * PAGE, MADV_GUARD_INSTALL) == 0;
	check(has_any || errno == EINVAL);
	if (has_any)
		check(madvise(area + 15 * PAGE, PAGE, MADV_GUARD_INSTALL) == 0);
	snprintf(path, sizeof(path), "%s/file", specimen_folder);
	file = open(path, O_RDWR | O_CREAT, 0600);
	check(ftruncate(file, PAGES * PAGE) == 0 && pwrite(file, "x", 1, 0) == 1);
	mapped = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	has_files = madvise(mapped + PAGE, PAGE, MADV_GUARD_INSTALL) == 0;
	check(has_files || errno == EINVAL);
	locked = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(madvise(locked, PAGE, MADV_GUARD_INSTALL) == 0 || !has_any);
	mlock(locked, PAGES * PAGE); /* fails for the guard page, but locks */
	check(maps_has(locked, " lo"));

	specimen_wait();

	for (int i = 0; has_any && i < PAGES; i++) {
		check(touch(area + i * PAGE) == (i == 3 || i == 4 || i == 15 ? SIGSEGV : 0));
		check(touch(mapped + i * PAGE) == (i == 1 && has_files ? SIGSEGV : 0));
		check(touch(locked + i * PAGE) == (i == 0 ? SIGSEGV : 0));
	}
	check(maps_has(locked, " lo") && mapped[0] == 'x' && area[2 * PAGE] == 1);
	if (has_any) {
		check(madvise(area, PAGES * PAGE, MADV_GUARD_REMOVE) == 0);
		check(touch(area + 3 * PAGE) == 0 && area[3 * PAGE] == 0 && area[5 * PAGE] == 1);
	}
	specimen_pass();
}
