/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections with both ends here: IPv4, IPv6 and mapped; full queues, half-closed, all closed.
 * row: Sockets / TCP connections
 * carries: IPv4, IPv6 and mapped, both ends in the tree: full queues, half-closed, closed (--tcp-established)
 * beyond CRIU: on Linux 6.16 and later, where CRIU 4.1.1 dumps none
 * options: --tcp-established
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int listener, listener6, mapped;
static struct sockaddr_in at = { .sin_family = AF_INET };
static struct sockaddr_in6 at6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
static struct sockaddr_in6 at_mapped = { .sin6_family = AF_INET6 };

static void pair(int *ends, int on, int family, void *address, socklen_t size)
{
	ends[0] = socket(family, SOCK_STREAM, 0);
	check(ends[0] >= 0 && connect(ends[0], address, size) == 0);
	ends[1] = accept(on, NULL, NULL);
	check(ends[1] >= 0);
}

static int state(int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
	return info.tcpi_state;
}

static void await_state(int fd, int expected)
{
	int i;

	for (i = 0; i < 1000 && state(fd) != expected; i++)
		usleep(10000);
	if (state(fd) != expected)
		specimen_fail("state %d, expected %d", state(fd), expected);
}

static void says(int fd, const char *text)
{
	check(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

static void hears(int fd, const char *text)
{
	char buffer[64];
	size_t done = 0;

	while (done < strlen(text)) {
		ssize_t length = recv(fd, buffer + done, strlen(text) - done, 0);

		check(length > 0);
		done += length;
	}
	check(memcmp(buffer, text, done) == 0);
}

static void ended(int fd)
{
	char byte;

	check(recv(fd, &byte, 1, 0) == 0);
}

/* Sends until nothing more fits; returns how much. */
static size_t fill(int fd)
{
	size_t total = 0;
	char block[5000];
	ssize_t length;
	int idle = 0;

	while (idle < 5) {
		size_t i;

		for (i = 0; i < sizeof(block); i++)
			block[i] = (char)((total + i) * 31 >> 3);
		length = send(fd, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (length > 0) {
			total += length;
			idle = 0;
		} else {
			check(errno == EAGAIN);
			usleep(20000);
			idle++;
		}
	}
	return total;
}

static void drain(int fd, size_t total)
{
	char block[5000];
	size_t done = 0;

	while (done < total) {
		size_t most = total - done < sizeof(block) ? total - done : sizeof(block);
		ssize_t length = recv(fd, block, most, 0);
		ssize_t i;

		check(length > 0);
		for (i = 0; i < length; i++)
			check(block[i] == (char)((done + i) * 31 >> 3));
		done += length;
	}
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	check(getsockopt(fd, level, name, &value, &size) == 0);
	return value;
}

int main(int argc, char **argv)
{
	int plain[2], six[2], four[2], full[2], half[2], half_unread[2], closed[2], over[2], last[2], both[2], one = 1, i;
	size_t filled, filled_last, filled_both[2];
	struct sockaddr_in name;
	socklen_t size;

	specimen_begin(argc, argv);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	check(bind(listener, (void *)&at, sizeof(at)) == 0 && listen(listener, 10) == 0);
	size = sizeof(at);
	check(getsockname(listener, (void *)&at, &size) == 0);
	listener6 = socket(AF_INET6, SOCK_STREAM, 0);
	check(bind(listener6, (void *)&at6, sizeof(at6)) == 0 && listen(listener6, 10) == 0);
	size = sizeof(at6);
	check(getsockname(listener6, (void *)&at6, &size) == 0);
	mapped = socket(AF_INET6, SOCK_STREAM, 0);
	check(bind(mapped, (void *)&at_mapped, sizeof(at_mapped)) == 0 && listen(mapped, 10) == 0);
	size = sizeof(at_mapped);
	check(getsockname(mapped, (void *)&at_mapped, &size) == 0);
	at_mapped.sin6_addr.s6_addr[10] = at_mapped.sin6_addr.s6_addr[11] = 0xff;
	memcpy(at_mapped.sin6_addr.s6_addr + 12, &at.sin_addr, 4);

	pair(plain, listener, AF_INET, &at, sizeof(at));
	check(setsockopt(plain[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
	check(setsockopt(plain[1], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)) == 0);
	check(setsockopt(plain[1], SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0);
	check(fcntl(plain[0], F_SETFL, O_NONBLOCK) == 0);
	says(plain[0], "to be read");
	says(plain[1], "and back");
	pair(six, listener6, AF_INET6, &at6, sizeof(at6));
	says(six[0], "six");
	pair(four, mapped, AF_INET6, &at_mapped, sizeof(at_mapped));
	says(four[1], "mapped");
	pair(full, listener, AF_INET, &at, sizeof(at));
	filled = fill(full[0]);
	pair(half, listener, AF_INET, &at, sizeof(at));
	check(shutdown(half[0], SHUT_WR) == 0);
	pair(half_unread, listener6, AF_INET6, &at6, sizeof(at6));
	says(half_unread[0], "before the end");
	check(shutdown(half_unread[0], SHUT_WR) == 0);
	says(half_unread[1], "not at the end yet");
	pair(closed, listener, AF_INET, &at, sizeof(at));
	check(shutdown(closed[0], SHUT_WR) == 0);
	await_state(closed[1], TCP_CLOSE_WAIT);
	check(shutdown(closed[1], SHUT_WR) == 0);
	await_state(closed[0], TCP_CLOSE);
	await_state(closed[1], TCP_CLOSE);
	/* over, with something left to be read */
	pair(over, listener, AF_INET, &at, sizeof(at));
	says(over[0], "left behind");
	check(shutdown(over[0], SHUT_WR) == 0);
	await_state(over[1], TCP_CLOSE_WAIT);
	check(shutdown(over[1], SHUT_WR) == 0);
	await_state(over[0], TCP_CLOSE);
	await_state(over[1], TCP_CLOSE);
	/* FINs behind bytes that the other end has no room for */
	pair(last, listener, AF_INET, &at, sizeof(at));
	check(shutdown(last[0], SHUT_WR) == 0);
	await_state(last[1], TCP_CLOSE_WAIT);
	filled_last = fill(last[1]);
	check(shutdown(last[1], SHUT_WR) == 0);
	pair(both, listener, AF_INET, &at, sizeof(at));
	filled_both[0] = fill(both[0]);
	filled_both[1] = fill(both[1]);
	check(shutdown(both[0], SHUT_WR) == 0 && shutdown(both[1], SHUT_WR) == 0);
	await_state(half[0], TCP_FIN_WAIT2);
	await_state(half[1], TCP_CLOSE_WAIT);
	await_state(half_unread[0], TCP_FIN_WAIT2);
	await_state(last[1], TCP_LAST_ACK);
	await_state(both[0], TCP_FIN_WAIT1);

	specimen_wait();

	hears(plain[1], "to be read");
	hears(plain[0], "and back");
	hears(six[1], "six");
	hears(four[0], "mapped");
	check(option(plain[0], IPPROTO_TCP, TCP_NODELAY) == 1);
	check(option(plain[1], IPPROTO_TCP, TCP_NODELAY) == 0);
	check(option(plain[1], SOL_SOCKET, SO_KEEPALIVE) == 1);
	check(option(plain[1], SOL_SOCKET, SO_REUSEADDR) == 1);
	check(option(plain[0], SOL_SOCKET, SO_REUSEADDR) == 0);
	check(option(listener, SOL_SOCKET, SO_REUSEADDR) == 0);
	check(fcntl(plain[0], F_SETFL, 0) == 0);
	for (i = 0; i < 2; i++) {
		says(plain[i], "hello");
		hears(plain[1 - i], "hello");
		says(six[i], "hello");
		hears(six[1 - i], "hello");
		says(four[i], "hello");
		hears(four[1 - i], "hello");
	}
	size = sizeof(name);
	check(getpeername(plain[0], (void *)&name, &size) == 0 && name.sin_port == at.sin_port);
	drain(full[1], filled);
	says(full[1], "thank you");
	hears(full[0], "thank you");
	ended(half[1]);
	says(half[1], "still open");
	hears(half[0], "still open");
	hears(half_unread[1], "before the end");
	ended(half_unread[1]);
	hears(half_unread[0], "not at the end yet");
	check(shutdown(half_unread[1], SHUT_WR) == 0);
	ended(half_unread[0]);
	ended(closed[0]);
	ended(closed[1]);
	check(send(closed[0], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
	hears(over[1], "left behind");
	ended(over[1]);
	check(send(over[1], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
	ended(over[0]);
	drain(last[0], filled_last);
	ended(last[0]);
	ended(last[1]);
	for (i = 0; i < 2; i++) {
		drain(both[i], filled_both[1 - i]);
		ended(both[i]);
	}
	pair(plain, listener, AF_INET, &at, sizeof(at));
	says(plain[0], "new");
	hears(plain[1], "new");
	specimen_pass();
}
