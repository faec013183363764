/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch on a symbolic link, not on what it leads to.
 * row: Files / inotify on a symbolic link
 * beyond CRIU: a watch on the link itself
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <sys/inotify.h>

int main(int argc, char **argv)
{
	char path[4096];
	struct inotify_event event;
	struct pollfd poller;
	int fd;

	specimen_begin(argc, argv);
	snprintf(path, sizeof(path), "%s/link", specimen_folder);
	check(symlink("nowhere", path) == 0);
	fd = inotify_init1(IN_NONBLOCK);
	check(inotify_add_watch(fd, path, IN_ATTRIB | IN_DELETE_SELF | IN_DONT_FOLLOW) == 1);

	specimen_wait();

	poller = (struct pollfd){ .fd = fd, .events = POLLIN };
	check(poll(&poller, 1, 0) == 0);
	check(lchown(path, 0, 0) == 0);
	check(read(fd, &event, sizeof(event)) == sizeof(event) && event.wd == 1 && event.mask == IN_ATTRIB);
	check(unlink(path) == 0);
	check(read(fd, &event, sizeof(event)) == sizeof(event) && event.mask == IN_ATTRIB);
	check(read(fd, &event, sizeof(event)) == sizeof(event) && event.mask == IN_DELETE_SELF);
	check(read(fd, &event, sizeof(event)) == sizeof(event) && event.mask == IN_IGNORED);
	specimen_pass();
}
