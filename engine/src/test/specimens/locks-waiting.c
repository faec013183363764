/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that wait for a lock go on waiting, and get it when it is given up.
 * row: Files / waiting for a lock
 * carries: processes that wait for a lock go on waiting, and get it
 * options: --file-locks
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

static int make(const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", specimen_folder, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	check(fd >= 0);
	return fd;
}

static int lock(int fd, int command, short type)
{
	struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = 3, .l_len = 4 };

	return fcntl(fd, command, &range);
}

/* How many wait for a lock of a file. */
static int waiters(int fd)
{
	char line[256], inode[64];
	struct stat stat;
	int count = 0;
	FILE *locks;

	check(fstat(fd, &stat) == 0);
	snprintf(inode, sizeof(inode), ":%lu ", (unsigned long)stat.st_ino);
	locks = fopen("/proc/locks", "re");
	check(locks != NULL);
	while (fgets(line, sizeof(line), locks))
		count += strstr(line, "->") != NULL && strstr(line, inode) != NULL;
	fclose(locks);
	return count;
}

static int has_word(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	return poll(&poller, 1, 0) == 1;
}

static pid_t wait_for(char how, int from, int to)
{
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	close(from);
	if (how == 'f') {
		fd = make("flock");
		check(flock(fd, LOCK_SH) == 0);
	} else if (how == 'r') {
		fd = make("record");
		check(lock(fd, F_SETLKW, F_WRLCK) == 0);
	} else {
		fd = make("open");
		check(lock(fd, F_OFD_SETLKW, F_RDLCK) == 0);
	}
	check(write(to, &how, 1) == 1);
	for (;;)
		pause();
}

static void try_out(pid_t pid, int held, int from, char how)
{
	char word;

	check(waiters(held) == 1 && !has_word(from));
	if (how == 'f')
		check(flock(held, LOCK_UN) == 0);
	else
		check(lock(held, how == 'r' ? F_SETLK : F_OFD_SETLK, F_UNLCK) == 0);
	check(read(from, &word, 1) == 1 && word == how);
	if (how == 'f')
		check(flock(held, LOCK_EX | LOCK_NB) == -1);
	else
		check(lock(held, how == 'r' ? F_SETLK : F_OFD_SETLK, F_WRLCK) == -1);
	check(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

int main(int argc, char **argv)
{
	int held[3], words[2], i;
	pid_t pids[3];

	specimen_begin(argc, argv);
	held[0] = make("flock");
	held[1] = make("record");
	held[2] = make("open");
	check(flock(held[0], LOCK_EX) == 0 && lock(held[1], F_SETLK, F_RDLCK) == 0);
	check(lock(held[2], F_OFD_SETLK, F_WRLCK) == 0 && pipe2(words, O_CLOEXEC) == 0);
	for (i = 0; i < 3; i++) {
		pids[i] = wait_for("fro"[i], words[0], words[1]);
		while (waiters(held[i]) == 0)
			usleep(1000);
	}

	specimen_wait();

	for (i = 0; i < 3; i++)
		while (waiters(held[i]) == 0 && !has_word(words[0]))
			usleep(1000);
	for (i = 0; i < 3; i++)
		try_out(pids[i], held[i], words[0], "fro"[i]);
	specimen_pass();
}
