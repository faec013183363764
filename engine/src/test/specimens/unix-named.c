/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of every kind: absolute, relative, abstract; files with permissions, deleted, renamed, in a
 * directory that is gone; listeners with clients waiting, connections accepted, a listener closed.
 * row: Sockets / Unix names
 * carries: absolute and abstract names, permissions, listeners with clients waiting
 * beyond CRIU: relative, renamed, deleted names and directories that are gone
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static socklen_t address(struct sockaddr_un *name, const char *text, size_t length)
{
	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path, text, length);
	return offsetof(struct sockaddr_un, sun_path) + length;
}

static int bound(int type, const char *text, size_t length)
{
	struct sockaddr_un name;
	socklen_t size = address(&name, text, length);
	int fd = socket(AF_UNIX, type, 0);

	check(fd >= 0 && bind(fd, (void *)&name, size) == 0);
	return fd;
}

static int path_bound(int type, const char *path)
{
	return bound(type, path, strlen(path) + 1);
}

static int connected(int fd, const char *text, size_t length)
{
	struct sockaddr_un name;
	socklen_t size = address(&name, text, length);

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
	check(fd >= 0 && connect(fd, (void *)&name, size) == 0);
	return fd;
}

static void named(int fd, const char *text, size_t length)
{
	struct sockaddr_un name;
	socklen_t size = sizeof(name);

	memset(&name, 0, sizeof(name));
	check(getsockname(fd, (void *)&name, &size) == 0);
	check(size == offsetof(struct sockaddr_un, sun_path) + length);
	check(memcmp(name.sun_path, text, length) == 0);
}

static void peer_named(int fd, const char *text, size_t length)
{
	struct sockaddr_un name;
	socklen_t size = sizeof(name);

	memset(&name, 0, sizeof(name));
	check(getpeername(fd, (void *)&name, &size) == 0);
	check(size == offsetof(struct sockaddr_un, sun_path) + length);
	check(memcmp(name.sun_path, text, length) == 0);
}

static void talk(int one, int other)
{
	char byte = 0;

	check(send(one, "a", 1, MSG_NOSIGNAL) == 1);
	check(recv(other, &byte, 1, MSG_DONTWAIT) == 1 && byte == 'a');
	check(send(other, "b", 1, MSG_NOSIGNAL) == 1);
	check(recv(one, &byte, 1, MSG_DONTWAIT) == 1 && byte == 'b');
}

static void mode_is(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	struct stat stat;

	check(lstat(path, &stat) == 0);
	check(S_ISSOCK(stat.st_mode) && (stat.st_mode & 07777) == mode);
	check(stat.st_uid == uid && stat.st_gid == gid);
}

int main(int argc, char **argv)
{
	static const char abstract[] = "\0stasis\0specimen";
	char absolute[90], moved[90], moved_to[90], lost[90], deleted[90], own[80];
	int listener, client, server, waiting[3], relative, hidden, hidden_client, orphan_server, orphan_client;
	int twice, in_lost, renamed, both_client, both_server, accepted, i, root = getuid() == 0;
	socklen_t size;
	int backlog_full;

	specimen_begin(argc, argv);
	check(chdir(specimen_folder) == 0);
	snprintf(absolute, sizeof(absolute), "%s/absolute", specimen_folder);
	snprintf(deleted, sizeof(deleted), "%s/deleted", specimen_folder);
	snprintf(moved, sizeof(moved), "%s/moved", specimen_folder);
	snprintf(moved_to, sizeof(moved_to), "%s/directory/moved to", specimen_folder);
	snprintf(lost, sizeof(lost), "%s/lost/deep/socket", specimen_folder);
	snprintf(own, sizeof(own), "%c%d stasis", 0, getpid());
	check(mkdir("lost", 0755) == 0 && mkdir("lost/deep", 0755) == 0 && mkdir("directory", 0755) == 0);

	/* a listener with a path: one connection accepted, two clients waiting */
	listener = path_bound(SOCK_STREAM, absolute);
	check(chmod(absolute, 0620) == 0);
	if (root)
		check(chown(absolute, 1234, 4321) == 0);
	check(listen(listener, 1) == 0);
	client = connected(-1, absolute, strlen(absolute) + 1);
	check((server = accept(listener, NULL, NULL)) >= 0);
	waiting[0] = connected(-1, absolute, strlen(absolute) + 1);
	waiting[1] = connected(-1, absolute, strlen(absolute) + 1);
	/* a relative name; an abstract one, its listener closed, one end left of another connection */
	relative = path_bound(SOCK_SEQPACKET, "relative");
	check(listen(relative, 10) == 0);
	hidden = bound(SOCK_STREAM, abstract, sizeof(abstract));
	check(listen(hidden, 5) == 0);
	orphan_client = connected(-1, abstract, sizeof(abstract));
	check((orphan_server = accept(hidden, NULL, NULL)) >= 0);
	hidden_client = connected(-1, abstract, sizeof(abstract));
	check((accepted = accept(hidden, NULL, NULL)) >= 0);
	check(send(hidden_client, "end", 3, 0) == 3 && close(hidden_client) == 0);
	check(close(hidden) == 0);
	/* both ends named */
	hidden = bound(SOCK_STREAM, own, 20);
	check(listen(hidden, 5) == 0);
	both_client = connected(path_bound(SOCK_STREAM, "both"), own, 20);
	check((both_server = accept(hidden, NULL, NULL)) >= 0);
	/* a deleted file whose name is taken by another socket now */
	twice = path_bound(SOCK_DGRAM, deleted);
	check(unlink(deleted) == 0);
	waiting[2] = path_bound(SOCK_DGRAM, deleted);
	check(chmod(deleted, 0600) == 0);
	/* its directory is gone; renamed */
	in_lost = path_bound(SOCK_STREAM, lost);
	check(listen(in_lost, 3) == 0);
	check(unlink(lost) == 0 && rmdir("lost/deep") == 0 && rmdir("lost") == 0);
	renamed = path_bound(SOCK_STREAM, moved);
	check(listen(renamed, 3) == 0 && chmod(moved, 0400) == 0 && rename(moved, moved_to) == 0);

	specimen_wait();

	named(listener, absolute, strlen(absolute) + 1);
	named(server, absolute, strlen(absolute) + 1);
	peer_named(client, absolute, strlen(absolute) + 1);
	mode_is(absolute, 0620, root ? 1234 : getuid(), root ? 4321 : getgid());
	talk(client, server);
	backlog_full = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	{
		struct sockaddr_un name;

		size = address(&name, absolute, strlen(absolute) + 1);
		check(connect(backlog_full, (void *)&name, size) == -1 && errno == EAGAIN);
	}
	for (i = 0; i < 2; i++) {
		int next = accept(listener, NULL, NULL);

		check(next >= 0);
		check(send(next, "x", 1, 0) == 1);
		named(next, absolute, strlen(absolute) + 1);
		peer_named(waiting[i], absolute, strlen(absolute) + 1);
	}
	for (i = 0; i < 2; i++) {
		char byte;

		check(recv(waiting[i], &byte, 1, MSG_DONTWAIT) == 1);
	}
	check(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
	check(accept(listener, NULL, NULL) == -1 && errno == EAGAIN);

	named(relative, "relative", 9);
	mode_is("relative", 0777 & ~umask(022), getuid(), getgid());
	{
		int peer = socket(AF_UNIX, SOCK_SEQPACKET, 0), next;

		connected(peer, "relative", 9);
		next = accept(relative, NULL, NULL);
		talk(peer, next);
		named(next, "relative", 9);
	}
	named(orphan_server, abstract, sizeof(abstract));
	peer_named(orphan_client, abstract, sizeof(abstract));
	talk(orphan_client, orphan_server);
	named(accepted, abstract, sizeof(abstract));
	{
		char text[8];

		check(recv(accepted, text, 8, MSG_DONTWAIT) == 3 && recv(accepted, text, 8, MSG_DONTWAIT) == 0);
	}
	named(hidden, own, 20);
	named(both_server, own, 20);
	peer_named(both_client, own, 20);
	named(both_client, "both", 5);
	peer_named(both_server, "both", 5);
	talk(both_client, both_server);

	named(twice, deleted, strlen(deleted) + 1);
	named(waiting[2], deleted, strlen(deleted) + 1);
	mode_is(deleted, 0600, getuid(), getgid());
	{
		int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
		char byte;

		connected(sender, deleted, strlen(deleted) + 1);
		check(send(sender, "n", 1, 0) == 1);
		check(recv(waiting[2], &byte, 1, MSG_DONTWAIT) == 1);
		check(recv(twice, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	}
	named(in_lost, lost, strlen(lost) + 1);
	check(access("lost", F_OK) == -1 && errno == ENOENT);
	named(renamed, moved, strlen(moved) + 1);
	check(access(moved, F_OK) == -1);
	mode_is(moved_to, 0400, getuid(), getgid());
	client = connected(-1, moved_to, strlen(moved_to) + 1);
	talk(client, accept(renamed, NULL, NULL));
	specimen_pass();
}
