/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that the kernel hides even from itself, memfd_secret(2), and its file.
 *
 * row: Memory / secret memory
 * refuses: mapping … /secretmem …: secret memory, which nobody but its owner may read; Have the program
 *     unmap it before the dump.
 * refuses: fd … /secretmem (deleted): secret memory, which nobody but its owner may read; close it before
 *     the dump
 */
#define _GNU_SOURCE
#include "../specimen.h"
#include <sys/mman.h>
#include <sys/syscall.h>

int main(int argc, char **argv)
{
	char *area;
	int fd;

	specimen_begin(argc, argv);
	fd = syscall(SYS_memfd_secret, 0);
	check(fd >= 0 && ftruncate(fd, 8192) == 0);
	area = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(area != MAP_FAILED);
	area[5000] = 's';

	specimen_wait();

	check(area[5000] == 's');
	specimen_pass();
}
