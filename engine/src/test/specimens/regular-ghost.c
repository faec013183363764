/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleted files of every type: content with holes, attributes, several names and descriptions, a
 * name taken by another file since, directories gone, mapped, as working directory and executable.
 * row: Files / deleted files
 * carries: of every type: content with holes, attributes, several names and descriptions, the name taken since,
 *   mapped, as working directory and as executable
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <dirent.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static char path[4096];

static const char *in_folder(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", specimen_folder, name);
	return path;
}

static int has_name(int fd, const char *name)
{
	char link[4096], proc[64];
	ssize_t length;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	length = readlink(proc, link, sizeof(link) - 1);
	link[length > 0 ? length : 0] = 0;
	return strcmp(link, in_folder(name)) == 0;
}

static int same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

int main(int argc, char **argv)
{
	struct timespec times[2] = { { 1000000000, 5000 }, { 1000000001, 7000 } };
	int file, reader, other_name, taken, deep, fifo, fifo_writer, directory, again, symbolic, device, empty;
	char buffer[64], *shared, *private;
	int status;
	struct stat stat;
	pid_t child;

	specimen_begin(argc, argv);
	umask(077);
	file = open(in_folder("ghost"), O_RDWR | O_CREAT, 0600);
	check(ftruncate(file, 900000) == 0 && pwrite(file, "middle", 6, 500000) == 6);
	check(lseek(file, 42, SEEK_SET) == 42);
	check(fchown(file, 12, 34) == 0 && fchmod(file, 04755) == 0 && futimens(file, times) == 0);
	reader = open(in_folder("ghost"), O_RDONLY | O_NOATIME);
	{
		char first[4096];

		strcpy(first, in_folder("ghost"));
		check(link(first, in_folder("second")) == 0);
	}
	other_name = open(in_folder("second"), O_RDONLY | O_NOATIME);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 499712);
	check(unlink(in_folder("ghost")) == 0 && unlink(in_folder("second")) == 0);
	taken = open(in_folder("taken"), O_RDWR | O_CREAT, 0600);
	check(write(taken, "old", 3) == 3 && unlink(in_folder("taken")) == 0);
	close(open(in_folder("taken"), O_WRONLY | O_CREAT, 0644));
	check(mkdir(in_folder("a"), 0700) == 0 && mkdir(in_folder("a/b"), 0700) == 0);
	deep = open(in_folder("a/b/file"), O_WRONLY | O_CREAT, 0600);
	check(write(deep, "deep", 4) == 4);
	check(unlink(in_folder("a/b/file")) == 0 && rmdir(in_folder("a/b")) == 0 && rmdir(in_folder("a")) == 0);
	check(mkfifo(in_folder("fifo"), 0600) == 0);
	fifo = open(in_folder("fifo"), O_RDONLY | O_NONBLOCK);
	fifo_writer = open(in_folder("fifo"), O_WRONLY);
	check(write(fifo_writer, "queued", 6) == 6 && unlink(in_folder("fifo")) == 0);
	check(mkdir(in_folder("directory"), 0711) == 0 && chmod(in_folder("directory"), 0711) == 0);
	directory = open(in_folder("directory"), O_RDONLY | O_DIRECTORY);
	again = open(in_folder("directory"), O_PATH);
	check(chdir(in_folder("directory")) == 0 && rmdir(in_folder("directory")) == 0);
	check(symlink("no/where", in_folder("symbolic")) == 0);
	symbolic = open(in_folder("symbolic"), O_PATH | O_NOFOLLOW);
	check(unlink(in_folder("symbolic")) == 0);
	device = -1;
	if (specimen_is_privileged()) { /* nobody else may make one */
		check(mknod(in_folder("device"), S_IFCHR | 0600, makedev(1, 5)) == 0);
		device = open(in_folder("device"), O_RDONLY);
		check(device >= 0 && unlink(in_folder("device")) == 0);
	}
	empty = open(in_folder("empty"), O_RDWR | O_CREAT | O_APPEND, 0600);
	check(unlink(in_folder("empty")) == 0);
	child = fork();
	if (child == 0) {
		while (!specimen_told())
			usleep(10000);
		strcpy(shared, "from below");
		_exit(lseek(file, 0, SEEK_CUR) == 42 ? 6 : 1);
	}

	specimen_wait();

	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 6);
	check(fstat(file, &stat) == 0 && stat.st_size == 900000 && stat.st_nlink == 0 && stat.st_blocks < 200);
	check(stat.st_mode == (S_IFREG | 04755) && stat.st_uid == 12 && stat.st_gid == 34);
	check(same(file, reader) && same(file, other_name) && lseek(file, 0, SEEK_CUR) == 42);
	check(has_name(file, "ghost (deleted)") && has_name(other_name, "second (deleted)"));
	check(pread(reader, buffer, 6, 500000) == 6 && memcmp(buffer, "middle", 6) == 0);
	check(pread(reader, buffer, 11, 0) == 11 && strcmp(buffer, "from below") == 0);
	check(memcmp(private + 288, "middle", 6) == 0);
	check(pread(taken, buffer, 3, 0) == 3 && memcmp(buffer, "old", 3) == 0 && !same(taken, file));
	check(lstat(in_folder("taken"), &stat) == 0 && stat.st_size == 0);
	check(fstat(deep, &stat) == 0 && stat.st_size == 4 && stat.st_nlink == 0 && has_name(deep, "a/b/file (deleted)"));
	check(lstat(in_folder("a"), &stat) == -1 && errno == ENOENT);
	check(read(fifo, buffer, sizeof(buffer)) == 6 && memcmp(buffer, "queued", 6) == 0);
	check(write(fifo_writer, "x", 1) == 1 && read(fifo, buffer, 1) == 1);
	check(fstat(directory, &stat) == 0 && S_ISDIR(stat.st_mode) && stat.st_nlink == 0);
	check((stat.st_mode & 07777) == 0711 && same(directory, again));
	check(fcntl(again, F_GETFL) & O_PATH && openat(directory, "x", O_CREAT | O_RDWR, 0600) == -1);
	check(lstat(".", &stat) == 0 && stat.st_nlink == 0);
	check(getcwd(buffer, sizeof(buffer)) == NULL && errno == ENOENT);
	check(readlinkat(symbolic, "", buffer, sizeof(buffer)) == 8 && memcmp(buffer, "no/where", 8) == 0);
	if (device >= 0)
		check(fstat(device, &stat) == 0 && stat.st_rdev == makedev(1, 5) && read(device, buffer, 2) == 2);
	check(write(empty, "now", 3) == 3 && pread(empty, buffer, 5, 0) == 3);
	specimen_pass();
}
