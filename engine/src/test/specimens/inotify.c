/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inotify: watches on directories, files, renamed and deleted files; their numbers, also
 * with gaps, and masks; no event that nobody caused.
 * row: Files / inotify
 * carries: watches on directories and files, also renamed and deleted ones; their numbers and masks
 * beyond CRIU: no event that the restore itself caused
 * options: --link-remap
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/wait.h>

static char path[4096], events[4096];

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

/* Whether the next event is the given one. */
static int next(int fd, int wd, unsigned mask, const char *name)
{
	static char *at, *end;
	struct inotify_event *event;
	ssize_t length;

	if (at == end) {
		length = read(fd, events, sizeof(events));
		check(length > 0);
		at = events;
		end = events + length;
	}
	event = (struct inotify_event *)at;
	at += sizeof(*event) + event->len;
	if (event->wd != wd || event->mask != mask || strcmp(event->len ? event->name : "", name) != 0)
		specimen_fail("event of %d, %x, %s; not %d, %x, %s", event->wd, event->mask,
			      event->len ? event->name : "", wd, mask, name);
	return 1;
}

static int quiet(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	return poll(&poller, 1, 0) == 0;
}

int main(int argc, char **argv)
{
	int many, blocking, other, inherited, gone, dir, file, link_target, renamed, deleted, once, lost, all;
	int deleted_file, lost_file, i, status;
	char a[4096];
	pid_t child;

	specimen_begin(argc, argv);
	many = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	blocking = inotify_init();
	check(many >= 0 && blocking >= 0);
	check(mkdir(in_folder("dir"), 0755) == 0 && mkdir(in_folder("dir/deep"), 0755) == 0);
	close(make("dir/file"));
	close(make("old"));
	check(symlink("dir", in_folder("link")) == 0);
	for (i = 0; i < 7; i++) {
		gone = inotify_add_watch(many, in_folder("dir/deep"), IN_OPEN);
		check(inotify_rm_watch(many, gone) == 0);
	}
	check(read(many, events, sizeof(events)) > 0); /* IN_IGNORED */
	dir = inotify_add_watch(many, in_folder("dir"), IN_CREATE | IN_DELETE | IN_EXCL_UNLINK);
	file = inotify_add_watch(many, in_folder("dir/file"), IN_MODIFY | IN_ATTRIB | IN_OPEN);
	gone = inotify_add_watch(many, in_folder("dir/deep"), IN_OPEN);
	renamed = inotify_add_watch(many, in_folder("old"), IN_MODIFY);
	strcpy(a, in_folder("old"));
	check(rename(a, in_folder("new")) == 0);
	check(inotify_rm_watch(many, gone) == 0);
	check(read(many, events, sizeof(events)) > 0);
	deleted_file = make("deleted");
	deleted = inotify_add_watch(many, in_folder("deleted"), IN_MODIFY | IN_ACCESS);
	check(unlink(in_folder("deleted")) == 0);
	once = inotify_add_watch(many, in_folder("dir/deep"), IN_CREATE | IN_ONESHOT);
	check(mkdir(in_folder("elsewhere"), 0755) == 0);
	lost_file = make("elsewhere/lost");
	strcpy(a, in_folder("elsewhere/lost"));
	{
		char b[4096];

		strcpy(b, in_folder("kept"));
		check(link(a, b) == 0);
	}
	lost = inotify_add_watch(many, in_folder("kept"), IN_MODIFY);
	check(unlink(in_folder("elsewhere/lost")) == 0 && quiet(many));
	link_target = inotify_add_watch(blocking, in_folder("link"), IN_CREATE | IN_MOVE);
	all = inotify_add_watch(blocking, in_folder("dir/file"), IN_ALL_EVENTS);
	check(dir == 8 && once == gone + 3 && link_target == 1 && all == 2);
	other = dup(many);
	inherited = inotify_init1(IN_CLOEXEC);
	check(inotify_add_watch(inherited, in_folder("new"), IN_ATTRIB) == 1);
	child = fork();
	if (child == 0) {
		while (!specimen_told())
			usleep(10000);
		check(inotify_add_watch(inherited, specimen_folder, IN_CREATE) == 2);
		_exit(fcntl(many, F_GETFD) == FD_CLOEXEC ? 5 : 1);
	}

	specimen_wait();

	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 5);
	check(quiet(many) && quiet(blocking));
	check((fcntl(many, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(blocking, F_GETFL) & O_NONBLOCK) == 0);
	check(fcntl(many, F_GETFD) == FD_CLOEXEC && fcntl(other, F_GETFD) == 0);
	check(read(many, events, sizeof(events)) == -1 && errno == EAGAIN);
	i = make("dir/file");
	check(next(other, file, IN_OPEN, "") && next(blocking, all, IN_OPEN, ""));
	check(write(i, "x", 1) == 1);
	check(next(many, file, IN_MODIFY, "") && next(blocking, all, IN_MODIFY, ""));
	close(i);
	check(next(blocking, all, IN_CLOSE_WRITE, "") && quiet(many));
	close(make("dir/young"));
	check(next(many, dir, IN_CREATE, "young") && next(blocking, link_target, IN_CREATE, "young"));
	i = make("new");
	check(write(i, "x", 1) == 1 && next(many, renamed, IN_MODIFY, ""));
	close(i);
	check(write(deleted_file, "y", 1) == 1 && next(many, deleted, IN_MODIFY, ""));
	check(pread(deleted_file, a, 1, 0) == 1 && next(many, deleted, IN_ACCESS, ""));
	check(write(lost_file, "z", 1) == 1 && next(many, lost, IN_MODIFY, ""));
	close(make("dir/deep/first"));
	check(next(many, once, IN_CREATE, "first") && next(many, once, IN_IGNORED, ""));
	close(make("dir/deep/second"));
	check(quiet(many) && quiet(blocking));
	close(deleted_file);
	check(next(many, deleted, IN_IGNORED, "") && quiet(many));
	check(inotify_add_watch(many, specimen_folder, IN_CREATE) > once);
	check(quiet(inherited));
	close(make("last"));
	check(next(inherited, 2, IN_CREATE, "last"));
	specimen_pass();
}
