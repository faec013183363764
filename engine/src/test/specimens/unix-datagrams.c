/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many send to one; senders are told apart by name; connected one way, both ways, and elsewhere.
 * row: Sockets / Unix datagrams
 * carries: many to one, connected one way, both ways and elsewhere
 * beyond CRIU: the name of a sender that is gone
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un name_of(const char *text)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	strncpy(name.sun_path, text, sizeof(name.sun_path) - 1);
	if (text[0] == '@')
		name.sun_path[0] = 0;
	return name;
}

static socklen_t size_of(const char *text)
{
	return offsetof(struct sockaddr_un, sun_path) + strlen(text) + (text[0] == '@' ? 0 : 1);
}

static int bound(const char *text)
{
	struct sockaddr_un name = name_of(text);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	check(fd >= 0);
	if (text[0])
		check(bind(fd, (void *)&name, size_of(text)) == 0);
	return fd;
}

static void to(int fd, const char *text)
{
	struct sockaddr_un name = name_of(text);

	check(connect(fd, (void *)&name, size_of(text)) == 0);
}

static void says(int fd, const char *text)
{
	check(send(fd, text, strlen(text), 0) == (ssize_t)strlen(text));
}

static void says_to(int fd, const char *text, const char *whom)
{
	struct sockaddr_un name = name_of(whom);

	check(sendto(fd, text, strlen(text), 0, (void *)&name, size_of(whom)) == (ssize_t)strlen(text));
}

static void hears(int fd, const char *text, const char *whom)
{
	struct sockaddr_un expected = name_of(whom), name;
	socklen_t size = sizeof(name);
	char buffer[256];
	ssize_t length;

	memset(&name, 0, sizeof(name));
	length = recvfrom(fd, buffer, sizeof(buffer), 0, (void *)&name, &size);
	check(length == (ssize_t)strlen(text) && memcmp(buffer, text, length) == 0);
	if (whom[0]) {
		check(size == size_of(whom));
		check(memcmp(&name, &expected, size) == 0);
	} else {
		check(size == 0);
	}
}

static void error_is(int fd, int expected)
{
	int error = -1;
	socklen_t size = sizeof(error);

	check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == expected);
}

int main(int argc, char **argv)
{
	int server, clients[4], free_sender, one, other, third, pair[2], elsewhere, dead_peer, dead, gone;
	int left[2], i;
	char byte;
	static const char *const texts[4] = { "from a file", "from an abstract one", "from nobody", "from nobody else" };
	static const char *const names[4] = { "client", "@stasis-client", "", "" };

	specimen_begin(argc, argv);
	check(chdir(specimen_folder) == 0);
	server = bound("server");
	for (i = 0; i < 4; i++) {
		clients[i] = bound(names[i]);
		to(clients[i], "server");
	}
	free_sender = bound("@stasis-free");
	for (i = 0; i < 4; i++)
		says(clients[i], texts[i]);
	says_to(free_sender, "unconnected", "server");
	dead = bound("@stasis-dead");
	says_to(dead, "dead since", "server");
	close(dead);
	/* two that are each other's, by name; a third that was connected to one of them before */
	one = bound("one");
	other = bound("@stasis-other");
	third = bound("");
	to(third, "one");
	says(third, "early");
	to(one, "@stasis-other");
	to(other, "one");
	says(other, "mutual");
	says(one, "mutual too");
	/* a pair, one end connected elsewhere since */
	check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) == 0);
	elsewhere = bound("elsewhere");
	to(pair[0], "elsewhere");
	says(pair[0], "elsewhere");
	/* a named peer that is gone */
	gone = bound("@stasis-gone");
	dead_peer = bound("dead peer");
	to(dead_peer, "@stasis-gone");
	close(gone);
	check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, left) == 0);
	close(left[0]);

	specimen_wait();

	for (i = 0; i < 4; i++)
		hears(server, texts[i], names[i]);
	hears(server, "unconnected", "@stasis-free");
	hears(server, "dead since", "@stasis-dead");
	check(recv(server, &byte, 1, 0) == -1 && errno == EAGAIN);
	for (i = 0; i < 4; i++) {
		says(clients[i], "again");
		hears(server, "again", names[i]);
	}
	says_to(server, "answer", "client");
	hears(clients[0], "answer", "server");
	says_to(free_sender, "free", "server");
	hears(server, "free", "@stasis-free");
	hears(one, "early", "");
	hears(one, "mutual", "@stasis-other");
	hears(other, "mutual too", "one");
	says(one, "x");
	hears(other, "x", "one");
	check(send(third, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPERM);
	hears(elsewhere, "elsewhere", "");
	says(pair[0], "more");
	hears(elsewhere, "more", "");
	error_is(pair[1], 0);
	check(send(pair[1], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPERM);
	check(send(dead_peer, "x", 1, MSG_NOSIGNAL) == -1 && errno == ECONNREFUSED);
	check(send(left[1], "x", 1, MSG_NOSIGNAL) == -1 && errno == ECONNREFUSED);
	specimen_pass();
}
