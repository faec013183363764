/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory whose faults somebody else takes care of, userfaultfd(2).
 *
 * row: Memory / userfaultfd-registered memory
 * refuses: mapping …: memory registered with userfaultfd, of which somebody else takes care; Close the
 *     userfaultfd before the dump.
 * refuses: fd … anon_inode:[userfaultfd]: a userfaultfd, which stands between memory and its owner; close
 *     it before the dump
 */
#define _GNU_SOURCE
#include "../specimen.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int main(int argc, char **argv)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	char *area;
	int fd;

	specimen_begin(argc, argv);
	fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	check(fd >= 0);
	area = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(area != MAP_FAILED);
	area[0] = 1;
	range.range.start = (unsigned long)area;
	range.range.len = 8192;
	check(ioctl(fd, UFFDIO_API, &api) == 0 && ioctl(fd, UFFDIO_REGISTER, &range) == 0);

	specimen_wait();

	check(area[0] == 1);
	specimen_pass();
}
