/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory files: content with holes, seals, descriptions, mappings, shared with a child.
 * row: Files / memfd
 * carries: content with holes, seals, names, several descriptions, mappings, shared with a child
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int file, again, sealed, future, plain, status, other;
	char path[64], link[256], *shared, *private, *window, *closed;
	struct stat stat;
	pid_t child;
	ssize_t length;

	specimen_begin(argc, argv);
	file = memfd_create("a name", MFD_CLOEXEC);
	check(ftruncate(file, 10 << 20) == 0 && pwrite(file, "middle", 6, 5000000) == 6);
	check(lseek(file, 77, SEEK_SET) == 77 && fchmod(file, 0640) == 0 && fchown(file, 12, 34) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	again = open(path, O_RDONLY | O_NONBLOCK);
	check(again >= 0);
	shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 4096);
	private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 4096);
	strcpy(shared, "shared");
	strcpy(private + 4096, "private");
	sealed = memfd_create("sealed", MFD_ALLOW_SEALING);
	check(write(sealed, "wax", 3) == 3);
	check(fcntl(sealed, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL) == 0);
	future = memfd_create("future", MFD_ALLOW_SEALING);
	check(ftruncate(future, 4096) == 0);
	window = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, future, 0);
	check(window != MAP_FAILED && fcntl(future, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0);
	plain = memfd_create("", 0);
	other = memfd_create("mapped only", 0);
	check(ftruncate(other, 4096) == 0);
	closed = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
	strcpy(closed, "no descriptor");
	close(other);
	child = fork();
	if (child == 0) {
		while (!specimen_told())
			usleep(10000);
		strcpy(shared + 4096, "from below");
		strcpy(closed + 100, "and here");
		_exit(lseek(file, 0, SEEK_CUR) == 77 ? 9 : 1);
	}

	specimen_wait();

	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 9);
	check(fstat(file, &stat) == 0 && stat.st_size == 10 << 20 && stat.st_blocks < 100);
	check((stat.st_mode & 07777) == 0640 && stat.st_uid == 12 && stat.st_gid == 34);
	check(fcntl(file, F_GETFD) == FD_CLOEXEC && lseek(file, 0, SEEK_CUR) == 77);
	check(pread(file, link, 6, 5000000) == 6 && memcmp(link, "middle", 6) == 0);
	check((fcntl(again, F_GETFL) & ~0100000) == (O_RDONLY | O_NONBLOCK));
	check(pread(again, link, 7, 4096) == 7 && strcmp(link, "shared") == 0);
	check(pread(file, link, 11, 8192) == 11 && strcmp(link, "from below") == 0);
	check(strcmp(private, "shared") == 0 && strcmp(private + 4096, "private") == 0);
	length = readlink(path, link, sizeof(link) - 1);
	link[length] = 0;
	check(strcmp(link, "/memfd:a name (deleted)") == 0);
	check(fcntl(sealed, F_GET_SEALS) == (F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL));
	check(pread(sealed, link, 3, 0) == 3 && memcmp(link, "wax", 3) == 0);
	check(write(sealed, "x", 1) == -1 && errno == EPERM);
	check(fcntl(future, F_GET_SEALS) == F_SEAL_FUTURE_WRITE);
	window[0] = 'w';
	check(pread(future, link, 1, 0) == 1 && link[0] == 'w');
	check(fcntl(plain, F_GET_SEALS) == F_SEAL_SEAL && fcntl(file, F_GET_SEALS) == F_SEAL_SEAL);
	check(strcmp(closed, "no descriptor") == 0 && strcmp(closed + 100, "and here") == 0);
	specimen_pass();
}
