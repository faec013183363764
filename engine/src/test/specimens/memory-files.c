/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapped files: private with pages of its own, shared, deleted, replaced by another of the same name,
 * truncated since, and what lies beyond the end.
 *
 * row: Memory / mapped files
 * carries: private mappings with what was written to them, shared ones, of deleted, replaced and
 *     truncated files; SIGBUS beyond the end stays
 */
#define _GNU_SOURCE
#include "maps.h"
#include <setjmp.h>
#include <signal.h>

enum { PAGE = 4096, PAGES = 8, SIZE = PAGES * PAGE };

static sigjmp_buf back;

static void fault(int signal)
{
	siglongjmp(back, signal);
}

static int touch(volatile unsigned char *byte)
{
	int signal = sigsetjmp(back, 1);

	if (signal == 0)
		(void)*byte;
	return signal;
}

static const char *path(const char *name)
{
	static char paths[4][4096];
	static int next;
	char *text = paths[next++ % 4];

	snprintf(text, 4096, "%s/%s", specimen_folder, name);
	return text;
}

static int make(const char *name, int value)
{
	unsigned char page[PAGE];
	int file = open(path(name), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	check(file >= 0);
	memset(page, value, PAGE);
	for (int i = 0; i < PAGES; i++)
		check(write(file, page, PAGE) == PAGE);
	return file;
}

static unsigned char *map(int file, int flags, int protection)
{
	unsigned char *area = mmap(NULL, SIZE, protection, flags, file, 0);

	check(area != MAP_FAILED);
	close(file);
	return area;
}

int main(int argc, char **argv)
{
	int both = PROT_READ | PROT_WRITE, file;
	unsigned char *private, *shared, *deleted, *gone, *replaced, *cut, *cut_private, *readonly, *offset;
	unsigned char byte;
	struct stat stat;

	specimen_begin(argc, argv);
	signal(SIGBUS, fault);
	private = map(make("private", 1), MAP_PRIVATE, both);
	private[PAGE] = 11;
	private[PAGE + 1] = 12;
	readonly = map(make("readonly", 10), MAP_PRIVATE, both);
	readonly[0] = 13;
	check(mprotect(readonly, SIZE, PROT_READ | PROT_EXEC) == 0);
	shared = map(make("shared", 2), MAP_SHARED, both);
	shared[2 * PAGE] = 21;
	file = make("offset", 14);
	offset = mmap(NULL, 2 * PAGE, both, MAP_PRIVATE, file, 4 * PAGE);
	check(offset != MAP_FAILED);
	close(file);
	offset[PAGE] = 15;
	deleted = map(make("deleted", 3), MAP_SHARED, both);
	deleted[0] = 31;
	check(unlink(path("deleted")) == 0);
	gone = map(make("gone", 4), MAP_PRIVATE, both);
	gone[PAGE] = 41;
	check(unlink(path("gone")) == 0);
	replaced = map(make("replaced", 5), MAP_PRIVATE, PROT_READ);
	close(make("new", 6));
	check(rename(path("new"), path("replaced")) == 0);
	file = make("cut", 7);
	cut = map(dup(file), MAP_SHARED, both);
	cut_private = map(dup(file), MAP_PRIVATE, both);
	cut_private[5 * PAGE] = 71;
	cut_private[0] = 72;
	check(ftruncate(file, 2 * PAGE + 100) == 0);
	close(file);
	check(touch(cut + 3 * PAGE) == SIGBUS && touch(cut_private + 5 * PAGE) == SIGBUS);

	specimen_wait();

	check(private[0] == 1 && private[PAGE] == 11 && private[PAGE + 1] == 12 && private[PAGE + 2] == 1);
	private[0] = 99;
	file = open(path("private"), O_RDONLY);
	check(pread(file, &byte, 1, 0) == 1 && byte == 1 && pread(file, &byte, 1, PAGE) == 1 && byte == 1);
	check(readonly[0] == 13 && readonly[1] == 10 && maps_find(readonly, "Rss:").protection[2] == 'x');
	check(offset[0] == 14 && offset[PAGE] == 15 && maps_find(offset, "Rss:").offset == 4 * PAGE);
	check(shared[0] == 2 && shared[2 * PAGE] == 21);
	shared[1] = 22;
	file = open(path("shared"), O_RDONLY);
	check(pread(file, &byte, 1, 1) == 1 && byte == 22 && pread(file, &byte, 1, 2 * PAGE) == 1 && byte == 21);
	check(deleted[0] == 31 && deleted[1] == 3 && gone[PAGE] == 41 && gone[0] == 4);
	check(strstr(maps_find(deleted, "Rss:").name, "(deleted)") != NULL);
	check(lstat(path("deleted"), &stat) == -1 && errno == ENOENT && lstat(path("gone"), &stat) == -1);
	check(replaced[0] == 5);
	file = open(path("replaced"), O_RDONLY);
	check(pread(file, &byte, 1, 0) == 1 && byte == 6);
	check(cut[0] == 7 && touch(cut + 2 * PAGE) == 0 && cut[2 * PAGE + 200] == 0);
	check(touch(cut + 3 * PAGE) == SIGBUS && touch(cut_private + 5 * PAGE) == SIGBUS && cut_private[0] == 72);
	file = open(path("cut"), O_RDWR);
	check(ftruncate(file, SIZE) == 0 && touch(cut + 3 * PAGE) == 0 && cut[3 * PAGE] == 0);
	specimen_pass();
}
