/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of connections and listeners; listeners that share a port; a connection on its way.
 * row: Sockets / TCP options
 * carries: options of connections and listeners; listeners that share a port
 * beyond CRIU: several options of TCP and IP
 * options: --tcp-established
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

static const struct {
	int level, name, value, result;
} options[] = {
	{ SOL_SOCKET, SO_KEEPALIVE, 1, 1 },
	{ SOL_SOCKET, SO_OOBINLINE, 1, 1 },
	{ SOL_SOCKET, SO_MARK, 77, 77 },
	{ SOL_SOCKET, SO_RCVLOWAT, 5, 5 },
	{ SOL_SOCKET, SO_DONTROUTE, 1, 1 },
	{ SOL_SOCKET, SO_TIMESTAMPNS, 1, 1 },
	{ IPPROTO_TCP, TCP_NODELAY, 1, 1 },
	{ IPPROTO_TCP, TCP_CORK, 1, 1 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, 101, 101 },
	{ IPPROTO_TCP, TCP_KEEPINTVL, 11, 11 },
	{ IPPROTO_TCP, TCP_KEEPCNT, 5, 5 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 123456, 123456 },
	{ IPPROTO_TCP, TCP_SYNCNT, 4, 4 },
	{ IPPROTO_TCP, TCP_LINGER2, 17, 17 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, 4096, 4096 },
	{ IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1, 1 },
	{ IPPROTO_TCP, TCP_INQ, 1, 1 },
	{ IPPROTO_IP, IP_TOS, 0x10, 0x10 },
	{ SOL_SOCKET, SO_PRIORITY, 3, 3 }, /* which the one before sets, too */
	{ IPPROTO_IP, IP_TTL, 33, 33 },
	{ IPPROTO_IP, IP_RECVTOS, 1, 1 },
	{ IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, IP_PMTUDISC_PROBE },
};

static int value(int fd, int level, int name)
{
	int found = -1;
	socklen_t size = sizeof(found);

	check(getsockopt(fd, level, name, &found, &size) == 0);
	return found;
}

static void set(int fd, int level, int name, int to)
{
	if (setsockopt(fd, level, name, &to, sizeof(to)) != 0)
		specimen_fail("option %d of level %d (errno %d)", name, level, errno);
}

static int state(int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
	return info.tcpi_state;
}

static int listening(int family, void *address, socklen_t size, int backlog, int shared)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (shared)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	check(bind(fd, address, size) == 0);
	check(listen(fd, backlog) == 0);
	check(getsockname(fd, address, &size) == 0);
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET }, at_deaf = { .sin_family = AF_INET }, name;
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6 };
	int listener, shared, six, ends[2], deaf, second, third, sndbuf, rcvbuf, i;
	struct linger linger = { 1, 9 }, linger_now;
	struct timeval timeout = { 7, 250000 }, timeout_now;
	char congestion[16] = "reno", text[8];
	struct sock_filter drop = { BPF_RET | BPF_K, 0, 0, 0 };
	struct sock_fprog nothing = { 1, &drop };
	socklen_t size;

	specimen_begin(argc, argv);
	at.sin_addr.s_addr = at_deaf.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = listening(AF_INET, &at, sizeof(at), 21, 1);
	shared = listening(AF_INET, &at, sizeof(at), 22, 1);
	at6.sin6_port = at.sin_port;
	six = listening(AF_INET6, &at6, sizeof(at6), 23, 0);
	set(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 3);
	set(listener, IPPROTO_TCP, TCP_FASTOPEN, 5);
	set(six, IPPROTO_TCP, TCP_SAVE_SYN, 1);
	check(setsockopt(shared, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) == 0);

	deaf = listening(AF_INET, &at_deaf, sizeof(at_deaf), 5, 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	check(connect(ends[0], (void *)&at_deaf, sizeof(at_deaf)) == 0);
	ends[1] = accept(deaf, NULL, NULL);
	check(ends[1] >= 0);
	for (i = 0; i < (int)(sizeof(options) / sizeof(options[0])); i++)
		set(ends[0], options[i].level, options[i].name, options[i].value);
	check(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0);
	check(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) == 0);
	check(setsockopt(ends[0], IPPROTO_TCP, TCP_CONGESTION, congestion, 5) == 0);
	set(ends[1], SOL_SOCKET, SO_SNDBUF, 40000);
	set(ends[1], SOL_SOCKET, SO_RCVBUF, 50000);
	sndbuf = value(ends[1], SOL_SOCKET, SO_SNDBUF);
	rcvbuf = value(ends[1], SOL_SOCKET, SO_RCVBUF);
	check(send(ends[0], "kept", 4, 0) == 4); /* by the cork, for a while */

	/* deaf: who connects is on its way until the filter is gone */
	check(setsockopt(deaf, SOL_SOCKET, SO_ATTACH_FILTER, &nothing, sizeof(nothing)) == 0);
	second = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	check(connect(second, (void *)&at_deaf, sizeof(at_deaf)) == -1 && errno == EINPROGRESS);
	usleep(50000);
	check(state(second) == TCP_SYN_SENT);
	third = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	specimen_wait();

	for (i = 0; i < (int)(sizeof(options) / sizeof(options[0])); i++) {
		int found = value(ends[0], options[i].level, options[i].name);

		if (found != options[i].result)
			specimen_fail("option %d of level %d is %d", options[i].name, options[i].level, found);
	}
	size = sizeof(linger_now);
	check(getsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger_now, &size) == 0);
	check(memcmp(&linger, &linger_now, sizeof(linger)) == 0);
	size = sizeof(timeout_now);
	check(getsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &timeout_now, &size) == 0);
	check(timeout_now.tv_sec == 7 && timeout_now.tv_usec >= 250000 - 10000);
	memset(congestion, 0, sizeof(congestion));
	size = sizeof(congestion);
	check(getsockopt(ends[0], IPPROTO_TCP, TCP_CONGESTION, congestion, &size) == 0);
	check(strcmp(congestion, "reno") == 0);
	check(value(ends[1], SOL_SOCKET, SO_SNDBUF) == sndbuf);
	check(value(ends[1], SOL_SOCKET, SO_RCVBUF) == rcvbuf);
	set(ends[0], IPPROTO_TCP, TCP_CORK, 0);
	check(recv(ends[1], text, 4, MSG_WAITALL) == 4 && memcmp(text, "kept", 4) == 0);

	check(value(listener, SOL_SOCKET, SO_REUSEPORT) == 1 && value(shared, SOL_SOCKET, SO_REUSEPORT) == 1);
	check(value(six, SOL_SOCKET, SO_REUSEPORT) == 0 && value(six, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
	check(value(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT) >= 3);
	check(value(listener, IPPROTO_TCP, TCP_FASTOPEN) == 5);
	check(value(six, IPPROTO_TCP, TCP_SAVE_SYN) == 1);
	size = sizeof(congestion);
	check(getsockopt(shared, SOL_SOCKET, SO_BINDTODEVICE, congestion, &size) == 0);
	check(strcmp(congestion, "lo") == 0);
	size = sizeof(name);
	check(getsockname(shared, (void *)&name, &size) == 0 && name.sin_port == at.sin_port);

	check(state(second) == TCP_SYN_SENT);
	set(deaf, SOL_SOCKET, SO_DETACH_FILTER, 0);
	i = accept(deaf, NULL, NULL);
	check(i >= 0 && fcntl(second, F_SETFL, 0) == 0);
	check(send(i, "late", 4, 0) == 4);
	check(recv(second, text, 4, MSG_WAITALL) == 4 && memcmp(text, "late", 4) == 0);
	check(state(third) == TCP_CLOSE);
	specimen_pass();
}
