/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fanotify: marks on files, directories, deleted files and mounts; what is ignored; flags.
 * row: Files / fanotify
 * carries: groups with flags; marks on files, directories and mounts, ignored masks
 * beyond CRIU: marks on deleted files
 * not in user: the kernel lets only who is privileged on the machine have events with open files, and marks on mounts
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <sys/fanotify.h>

static char path[4096], was[4096], is[4096];

static const char *in_folder(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", specimen_folder, name);
	return path;
}

static int make(const char *name)
{
	int fd = open(in_folder(name), O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	check(fd >= 0);
	return fd;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The marks, as the kernel tells them, sorted; without the numbers of files and mounts. */
static void marks(int fd, char *text)
{
	static char lines[16][256];
	char file[64], line[512], *inode;
	int count = 0, i;
	FILE *info;

	snprintf(file, sizeof(file), "/proc/self/fdinfo/%d", fd);
	info = fopen(file, "re");
	check(info != NULL);
	while (fgets(line, sizeof(line), info) && count < 16)
		if (strncmp(line, "fanotify", 8) == 0) {
			inode = strstr(line, " ino:");
			if (inode || strstr(line, " mnt_id:"))
				snprintf(lines[count++], 256, "%s%.100s\n", inode ? "" : "mount",
					 strstr(line, " mflags:"));
			else
				snprintf(lines[count++], 256, "%.200s", line);
			if (strstr(lines[count - 1], " fhandle"))
				strcpy(strstr(lines[count - 1], " fhandle"), "\n");
		}
	fclose(info);
	qsort(lines, count, sizeof(lines[0]), compare);
	text[0] = 0;
	for (i = 0; i < count; i++)
		strcat(text, lines[i]);
}

static int quiet(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	return poll(&poller, 1, 0) == 0;
}

/* Whether the next event is one of a file. */
static void next(int fd, unsigned long long mask, int file)
{
	struct fanotify_event_metadata event;
	struct stat a, b;

	check(read(fd, &event, sizeof(event)) == sizeof(event));
	if (event.mask != mask)
		specimen_fail("event %llx, not %llx", (unsigned long long)event.mask, mask);
	check(fstat(event.fd, &a) == 0 && fstat(file, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	check((fcntl(event.fd, F_GETFL) & (O_ACCMODE | O_NOATIME)) == (O_RDONLY | O_NOATIME));
	close(event.fd);
}

int main(int argc, char **argv)
{
	int notifies, mounts, file, ignored, deleted, child, other;

	specimen_begin(argc, argv);
	notifies = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK | FAN_CLOEXEC, O_RDONLY | O_NOATIME | O_CLOEXEC);
	mounts = fanotify_init(FAN_CLASS_NOTIF | FAN_UNLIMITED_QUEUE, O_RDWR);
	check(notifies >= 0 && mounts >= 0);
	check(mkdir(in_folder("dir"), 0755) == 0);
	file = make("file");
	ignored = make("ignored");
	deleted = make("deleted");
	close(make("dir/child"));
	check(fanotify_mark(notifies, FAN_MARK_ADD, FAN_MODIFY | FAN_CLOSE_WRITE, -1, in_folder("file")) == 0);
	check(fanotify_mark(notifies, FAN_MARK_ADD, FAN_OPEN | FAN_EVENT_ON_CHILD, -1, in_folder("dir")) == 0);
	check(fanotify_mark(notifies, FAN_MARK_ADD, FAN_MODIFY | FAN_ACCESS, -1, in_folder("ignored")) == 0);
	check(fanotify_mark(notifies, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY, FAN_ACCESS,
			    -1, in_folder("ignored")) == 0);
	check(fanotify_mark(notifies, FAN_MARK_ADD, FAN_MODIFY, -1, in_folder("deleted")) == 0);
	check(unlink(in_folder("deleted")) == 0);
	check(fanotify_mark(mounts, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_MODIFY, -1, "/proc") == 0);
	check(fanotify_mark(mounts, FAN_MARK_ADD, FAN_OPEN | FAN_ONDIR, -1, "/") == 0);
	marks(notifies, was);
	marks(mounts, was + strlen(was));

	specimen_wait();

	marks(notifies, is);
	marks(mounts, is + strlen(is));
	if (strcmp(was, is) != 0)
		specimen_fail("marks were\n%s\nand are\n%s", was, is);
	check(fcntl(notifies, F_GETFL) & O_NONBLOCK);
	check(fcntl(notifies, F_GETFD) == FD_CLOEXEC && fcntl(mounts, F_GETFD) == 0);
	check(quiet(notifies));
	check(write(file, "x", 1) == 1);
	next(notifies, FAN_MODIFY, file);
	child = open(in_folder("dir/child"), O_RDONLY);
	next(notifies, FAN_OPEN, child);
	check(write(ignored, "x", 1) == 1);
	next(notifies, FAN_MODIFY, ignored);
	check(pread(ignored, path, 1, 0) == 1 && quiet(notifies));
	check(write(deleted, "x", 1) == 1);
	next(notifies, FAN_MODIFY, deleted);
	other = open(in_folder("file"), O_WRONLY);
	check(other >= 0 && close(other) == 0);
	next(notifies, FAN_CLOSE_WRITE, file);
	check(quiet(notifies));
	specimen_pass();
}
