/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and directories by path: flags, positions, sharing by dup and fork, odd names, O_PATH.
 * row: Files / regular
 * carries: files and directories by path: flags, positions, sharing by dup and fork, odd names, O_PATH
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct entry64 {
	unsigned long long inode;
	long long offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

static int in_folder(const char *name, int flags)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", specimen_folder, name);
	return open(path, flags, 0640);
}

static int same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

/* Reads one name after the other; the buffer holds but a few. */
static int next_name(int fd, char *name)
{
	char buffer[64];
	struct entry64 *entry = (struct entry64 *)buffer;
	long read = syscall(SYS_getdents64, fd, buffer, sizeof(buffer));

	if (read <= 0)
		return 0;
	strcpy(name, entry->name);
	lseek(fd, entry->offset, SEEK_SET);
	return 1;
}

int main(int argc, char **argv)
{
	static const char odd[] = "odd \xff\xfe\n(deleted)";
	int file, copy, append, path, directory, link, writer, odd_name, i, status, flags;
	char buffer[64], name[256], seen[20][256];
	int count = 0;
	pid_t child;
	struct stat stat;

	specimen_begin(argc, argv);
	file = in_folder("file", O_RDWR | O_CREAT);
	check(file >= 0 && write(file, "0123456789", 10) == 10 && lseek(file, 3, SEEK_SET) == 3);
	copy = fcntl(file, F_DUPFD_CLOEXEC, 40);
	check(copy >= 40);
	append = in_folder("file", O_WRONLY | O_APPEND | O_NONBLOCK | O_SYNC | O_NOATIME);
	path = in_folder("file", O_PATH | O_CLOEXEC);
	writer = in_folder("file", O_WRONLY);
	odd_name = in_folder(odd, O_RDONLY | O_CREAT);
	check(append >= 0 && path >= 0 && writer >= 0 && odd_name >= 0);
	check(lseek(writer, 8, SEEK_SET) == 8);
	snprintf(buffer, sizeof(buffer), "%s/link", specimen_folder);
	check(symlink("file", buffer) == 0);
	link = open(buffer, O_PATH | O_NOFOLLOW);
	check(link >= 0);
	check(in_folder("directory", O_RDONLY) < 0);
	snprintf(buffer, sizeof(buffer), "%s/directory", specimen_folder);
	check(mkdir(buffer, 0755) == 0);
	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "directory/entry-%d", i);
		close(in_folder(name, O_WRONLY | O_CREAT));
	}
	directory = in_folder("directory", O_RDONLY | O_DIRECTORY);
	for (i = 0; i < 5; i++)
		check(next_name(directory, seen[count++]));
	child = fork();
	if (child == 0) {
		while (!specimen_told())
			usleep(10000);
		_exit(lseek(file, 0, SEEK_CUR) == 3 && lseek(file, 5, SEEK_SET) == 5 ? 7 : 1);
	}

	specimen_wait();

	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
	check(lseek(file, 0, SEEK_CUR) == 5); /* one description: the child moved it */
	check(lseek(copy, 6, SEEK_SET) == 6 && lseek(file, 0, SEEK_CUR) == 6);
	check(fcntl(copy, F_GETFD) == FD_CLOEXEC && fcntl(file, F_GETFD) == 0);
	check(read(file, buffer, 2) == 2 && memcmp(buffer, "67", 2) == 0);
	flags = fcntl(append, F_GETFL);
	check((flags & O_ACCMODE) == O_WRONLY);
	check(flags & O_APPEND);
	check(flags & O_NONBLOCK);
	check((flags & O_SYNC) == O_SYNC);
	check(flags & O_NOATIME);
	check(write(append, "ab", 2) == 2);
	check(fstat(file, &stat) == 0 && stat.st_size == 12);
	check(fcntl(path, F_GETFL) & O_PATH);
	check(fcntl(path, F_GETFD) == FD_CLOEXEC);
	check(same_file(path, file) && same_file(writer, file));
	check(lseek(writer, 0, SEEK_CUR) == 8 && read(writer, buffer, 1) == -1 && errno == EBADF);
	check(fstat(link, &stat) == 0 && S_ISLNK(stat.st_mode));
	check(readlinkat(link, "", buffer, sizeof(buffer)) == 4);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", odd_name);
	i = readlink(name, seen[15], 255);
	check(i > (int)sizeof(odd) && strcmp(seen[15] + i - strlen(odd), odd) == 0);
	while (next_name(directory, seen[count]))
		count++;
	check(count == 12); /* with . and .. */
	for (i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			check(strcmp(seen[i], seen[j]) != 0);
	specimen_pass();
}
