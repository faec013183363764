/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that no checkpoint can hold: secret memory, memory registered with userfaultfd, and a
 * device's, as far as this machine has them. Says in the file kinds which, one word a line.
 *
 * row: Memory / secret, userfaultfd-registered and device memory
 * refuses: secret memory, memory registered with userfaultfd and memory of a device: have the program
 *     unmap it, or close the userfaultfd, before the dump
 */
#define _GNU_SOURCE
#include "../specimen.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { SIZE = 8192 };

int main(int argc, char **argv)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	char words[100] = "";
	char *area;
	int fd;

	specimen_begin(argc, argv);
	fd = syscall(SYS_memfd_secret, 0);
	if (fd >= 0 && ftruncate(fd, SIZE) == 0) {
		area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		check(area != MAP_FAILED);
		area[0] = 's';
		close(fd);
		strcat(words, "secret\n");
	}
	fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (fd >= 0) {
		area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		range.range.start = (unsigned long)area;
		range.range.len = SIZE;
		check(ioctl(fd, UFFDIO_API, &api) == 0 && ioctl(fd, UFFDIO_REGISTER, &range) == 0);
		strcat(words, "userfaultfd\n");
	}
	fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0xf0000) != MAP_FAILED)
			strcat(words, "device\n");
		close(fd);
	}
	specimen_say("kinds", words);
	specimen_wait();
	specimen_pass();
}
