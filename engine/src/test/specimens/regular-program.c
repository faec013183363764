/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that was deleted, and one that was replaced by another file of its name, as happens
 * when packages are upgraded: both run on. Files open with O_DIRECT.
 * row: Files / replaced programs
 * carries: executables that were deleted or replaced by an upgrade; O_DIRECT
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/wait.h>

static char path[4096], link_text[4096];

static const char *in_folder(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", specimen_folder, name);
	return path;
}

static void copy_self(const char *name)
{
	static char buffer[1 << 16];
	int from = open("/proc/self/exe", O_RDONLY), to = open(in_folder(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t count;

	check(from >= 0 && to >= 0);
	while ((count = read(from, buffer, sizeof(buffer))) > 0)
		check(write(to, buffer, count) == count);
	close(from);
	close(to);
}

static const char *program_of(pid_t pid)
{
	char proc[64];
	ssize_t length;

	snprintf(proc, sizeof(proc), "/proc/%d/exe", pid);
	length = readlink(proc, link_text, sizeof(link_text) - 1);
	link_text[length > 0 ? length : 0] = 0;
	return link_text;
}

static void replaced(void)
{
	char young[4096];
	int fd;

	copy_self("young");
	strcpy(young, in_folder("young"));
	fd = open(young, O_WRONLY | O_APPEND);
	check(write(fd, "another build", 13) == 13 && close(fd) == 0);
	check(rename(young, in_folder("replaced")) == 0);
	specimen_say("is-replaced", "");
	while (!specimen_told())
		usleep(10000);
	_exit(strstr(program_of(getpid()), "/replaced") != NULL && strstr(link_text, " (deleted)") != NULL ? 9 : 7);
}

int main(int argc, char **argv)
{
	static char block[4096] __attribute__((aligned(4096)));
	int direct, status;
	char deleted[4200];
	struct stat stat;
	pid_t child;

	specimen_begin(argc, argv);
	if (argc == 2) {
		copy_self("deleted");
		execl(in_folder("deleted"), "deleted", specimen_folder, "deleted", NULL);
		check(0);
	}
	if (strcmp(argv[2], "replaced") == 0)
		replaced();
	copy_self("replaced");
	child = fork();
	if (child == 0) {
		execl(in_folder("replaced"), "replaced", specimen_folder, "replaced", NULL);
		_exit(8);
	}
	while (access(in_folder("is-replaced"), F_OK) != 0 && access(in_folder("result"), F_OK) != 0)
		usleep(1000);
	check(unlink(in_folder("deleted")) == 0);
	direct = open(in_folder("direct"), O_RDWR | O_CREAT | O_DIRECT, 0600);
	check(direct >= 0 || errno == EINVAL);
	check(direct < 0 || (write(direct, block, sizeof(block)) == sizeof(block)));

	specimen_wait();

	snprintf(deleted, sizeof(deleted), "%s (deleted)", in_folder("deleted"));
	check(strcmp(program_of(getpid()), deleted) == 0);
	check(lstat(program_of(getpid()), &stat) == -1);
	check(lstat(in_folder("replaced"), &stat) == 0 && stat.st_size > 0);
	check(direct < 0 || (fcntl(direct, F_GETFL) & O_DIRECT) != 0);
	check(direct < 0 || pread(direct, block, sizeof(block), 0) == sizeof(block));
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 9);
	specimen_pass();
}
