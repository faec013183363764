/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks: flock(2), shared and exclusive, inherited and duplicated; record locks of processes with
 * several ranges on a file that is open twice; locks of open files; one on a deleted file.
 * row: Files / locks
 * carries: flock, record locks of several ranges, locks of open files, on a deleted file too
 * beyond CRIU: a record lock taken through a descriptor that the parent has as well
 * options: --file-locks
 */
#define _GNU_SOURCE
#include "specimen.h"
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

static int lock(int fd, int command, short type, off_t start, off_t length)
{
	struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };

	return fcntl(fd, command, &range);
}

/* Who has a lock in the way of writing a byte; 0 for nobody. */
static pid_t holder(int fd, off_t at, off_t *start, off_t *length)
{
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };

	check(fcntl(fd, F_GETLK, &range) == 0);
	*start = range.l_start;
	*length = range.l_len;
	return range.l_type == F_UNLCK ? 0 : range.l_pid;
}

static int is_held(int fd, off_t at, pid_t by, off_t from, off_t bytes)
{
	off_t start, length;

	return holder(fd, at, &start, &length) == by && start == from && length == bytes;
}

/* A process that has none of the locks looks at all of them. */
static void look(pid_t parent, pid_t child, int deleted)
{
	off_t start, length;
	char path[64];
	int fd;

	check(flock(make("exclusive"), LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
	fd = make("shared");
	check(flock(fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK && flock(fd, LOCK_SH | LOCK_NB) == 0);
	fd = make("records");
	check(is_held(fd, 12, parent, 10, 5) && is_held(fd, 105, parent, 100, 100));
	check(is_held(fd, 1L << 40, parent, 1L << 33, 0) && is_held(fd, 55, child, 50, 10));
	check(holder(fd, 0, &start, &length) == 0 && holder(fd, 15, &start, &length) == 0);
	check(lock(fd, F_SETLK, F_RDLCK, 100, 100) == 0);
	check(lock(fd, F_SETLK, F_RDLCK, 10, 5) == -1 && (errno == EAGAIN || errno == EACCES));
	fd = make("open");
	check(is_held(fd, 0, -1, 0, 1) && is_held(fd, 8, -1, 7, 0));
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", parent, deleted);
	check(flock(open(path, O_RDONLY), LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
	_exit(0);
}

static int succeeds(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int can_lock(const char *name)
{
	int fd = make(name), yes = flock(fd, LOCK_EX | LOCK_NB) == 0;

	close(fd);
	return yes;
}

int main(int argc, char **argv)
{
	int exclusive, dupped, shared, shared_too, records, records_too, of_open, of_open_too, deleted, step[2];
	char path[4096], byte;
	pid_t parent = getpid(), child, looker;

	specimen_begin(argc, argv);
	exclusive = make("exclusive");
	dupped = dup(exclusive);
	check(flock(exclusive, LOCK_EX) == 0);
	shared = make("shared");
	shared_too = make("shared");
	check(flock(shared, LOCK_SH) == 0 && flock(shared_too, LOCK_SH) == 0);
	records = make("records");
	records_too = make("records");
	check(lock(records, F_SETLK, F_WRLCK, 10, 5) == 0 && lock(records_too, F_SETLK, F_RDLCK, 100, 100) == 0);
	check(lock(records, F_SETLK, F_WRLCK, 1L << 33, 0) == 0);
	of_open = make("open");
	of_open_too = make("open");
	check(lock(of_open, F_OFD_SETLK, F_WRLCK, 0, 1) == 0 && lock(of_open_too, F_OFD_SETLK, F_RDLCK, 7, 0) == 0);
	deleted = make("deleted");
	snprintf(path, sizeof(path), "%s/deleted", specimen_folder);
	check(flock(deleted, LOCK_EX) == 0 && unlink(path) == 0);
	check(pipe(step) == 0);
	child = fork();
	if (child == 0) {
		check(lock(records_too, F_SETLK, F_WRLCK, 50, 10) == 0);
		close(of_open_too);
		check(write(step[1], "x", 1) == 1);
		while (!specimen_told())
			usleep(10000);
		check(lock(of_open, F_OFD_SETLK, F_WRLCK, 0, 1) == 0); /* its own */
		check(flock(dupped, LOCK_EX | LOCK_NB) == 0);
		check(read(step[0], &byte, 1) == 1);
		_exit(0);
	}
	check(read(step[0], &byte, 1) == 1);

	specimen_wait();

	looker = fork();
	if (looker == 0)
		look(parent, child, deleted);
	check(succeeds(looker));
	/* the lock is the open file's: gone when one gives it up, not when one closes it */
	close(exclusive);
	check(!can_lock("exclusive") && flock(dupped, LOCK_UN) == 0 && can_lock("exclusive"));
	check(flock(shared, LOCK_EX | LOCK_NB) == -1);
	close(shared_too);
	check(write(step[1], "y", 1) == 1 && succeeds(child)); /* who had it, too */
	check(flock(shared, LOCK_EX | LOCK_NB) == 0 && !can_lock("shared"));
	check(lock(records, F_SETLK, F_WRLCK, 50, 10) == 0);
	close(records_too); /* any of them: all record locks of the process are gone */
	looker = fork();
	if (looker == 0)
		_exit(lock(make("records"), F_SETLK, F_WRLCK, 0, 0) == 0 ? 0 : 1);
	check(succeeds(looker));
	check(lock(make("open"), F_OFD_SETLK, F_WRLCK, 0, 1) == -1);
	close(of_open);
	close(of_open_too);
	check(lock(make("open"), F_OFD_SETLK, F_WRLCK, 0, 0) == 0);
	specimen_pass();
}
