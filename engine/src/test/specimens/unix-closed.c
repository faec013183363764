/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Half-shut pairs, a peer that is gone with something left behind it, sockets never connected.
 * row: Sockets / Unix, closed ends
 * carries: half-shut pairs, a peer that is gone with something left behind it, sockets never connected
 * beyond CRIU: that a datagram socket's peer is gone
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

static void says(int fd, const char *text)
{
	check(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

static void hears(int fd, const char *text)
{
	char buffer[256];
	ssize_t length = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	check(length == (ssize_t)strlen(text));
	check(memcmp(buffer, text, length) == 0);
}

static void broken(int fd)
{
	check(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
}

int main(int argc, char **argv)
{
	int write_shut[2][2], read_shut[2], gone[2][2], both[2], dgram_shut, lone[3], left[2];
	static const int types[2] = { SOCK_STREAM, SOCK_SEQPACKET };
	int i;

	specimen_begin(argc, argv);
	for (i = 0; i < 2; i++) {
		check(socketpair(AF_UNIX, types[i], 0, write_shut[i]) == 0);
		says(write_shut[i][0], "last words");
		says(write_shut[i][1], "answer");
		check(shutdown(write_shut[i][0], SHUT_WR) == 0);
		check(socketpair(AF_UNIX, types[i], 0, gone[i]) == 0);
		says(gone[i][0], "left behind");
		check(close(gone[i][0]) == 0);
	}
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, read_shut) == 0);
	check(shutdown(read_shut[0], SHUT_RD) == 0);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, both) == 0);
	says(both[1], "unread");
	check(shutdown(both[0], SHUT_RDWR) == 0);
	check((dgram_shut = socket(AF_UNIX, SOCK_DGRAM, 0)) >= 0);
	check(shutdown(dgram_shut, SHUT_RD) == 0);
	check((lone[0] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
	check((lone[1] = socket(AF_UNIX, SOCK_DGRAM, 0)) >= 0);
	check((lone[2] = socket(AF_UNIX, SOCK_SEQPACKET, 0)) >= 0);
	check(socketpair(AF_UNIX, SOCK_DGRAM, 0, left) == 0);
	says(left[0], "datagram left behind");
	check(close(left[0]) == 0);

	specimen_wait();

	for (i = 0; i < 2; i++) {
		hears(write_shut[i][1], "last words");
		hears(write_shut[i][1], "");
		hears(write_shut[i][0], "answer");
		broken(write_shut[i][0]);
		says(write_shut[i][1], "more");
		hears(write_shut[i][0], "more");
		hears(gone[i][1], "left behind");
		hears(gone[i][1], "");
		broken(gone[i][1]);
	}
	hears(read_shut[0], "");
	broken(read_shut[1]);
	says(read_shut[0], "still");
	hears(read_shut[1], "still");
	broken(both[0]);
	broken(both[1]);
	{
		struct pollfd poller = { both[0], POLLIN | POLLRDHUP, 0 };

		check(poll(&poller, 1, 0) == 1 && (poller.revents & POLLHUP));
		poller.fd = dgram_shut;
		check(poll(&poller, 1, 0) == 1 && (poller.revents & POLLRDHUP));
	}
	for (i = 0; i < 3; i++) {
		struct sockaddr_un name;
		socklen_t length = sizeof(name);

		check(getsockname(lone[i], (void *)&name, &length) == 0 && length == sizeof(sa_family_t));
		length = sizeof(name);
		check(getpeername(lone[i], (void *)&name, &length) == -1 && errno == ENOTCONN);
	}
	hears(left[1], "datagram left behind");
	check(send(left[1], "x", 1, MSG_NOSIGNAL) == -1 && errno == ECONNREFUSED);
	check(send(left[1], "x", 1, MSG_NOSIGNAL) == -1 && errno == ENOTCONN);
	specimen_pass();
}
