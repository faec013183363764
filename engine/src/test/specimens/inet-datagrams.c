/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets without streams: UDP that shares a port, is connected, is shut down; raw and ping sockets.
 * row: Sockets / UDP, UDP-Lite, raw and ping
 * carries: bound, connected, sharing a port, shut down
 * beyond CRIU: options of multicast, of UDP and of UDP-Lite, what is received along
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#ifndef UDPLITE_SEND_CSCOV
#define UDPLITE_SEND_CSCOV 10
#endif

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

static int bound(int family, int type, int protocol, void *address, socklen_t size, int shared)
{
	int fd = socket(family, type, protocol);

	check(fd >= 0);
	if (shared)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	check(bind(fd, address, size) == 0 && getsockname(fd, address, &size) == 0);
	return fd;
}

/* An address of this link alone, when an interface has one. */
static int link_local(struct sockaddr_in6 *address)
{
	struct ifaddrs *all, *each;
	int found = 0;

	check(getifaddrs(&all) == 0);
	for (each = all; each && !found; each = each->ifa_next) {
		struct sockaddr_in6 *six = (struct sockaddr_in6 *)each->ifa_addr;

		found = six && six->sin6_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr);
		if (found)
			*address = *six;
	}
	freeifaddrs(all);
	return found;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET }, any = { .sin_family = AF_INET }, name;
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT }, near = { 0 }, name6;
	struct icmp_filter filter = { 1u << ICMP_ECHOREPLY }, filter_now;
	int shared[2], connected, six, six_connected, deaf, lite, raw, local, i;
	struct in_addr interface = { .s_addr = htonl(INADDR_LOOPBACK) }, interface_now;
	socklen_t size;
	char text[64];

	specimen_begin(argc, argv);
	at.sin_addr.s_addr = any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (i = 0; i < 2; i++)
		shared[i] = bound(AF_INET, SOCK_DGRAM, 0, &at, sizeof(at), 1);
	set(shared[0], SOL_SOCKET, SO_BROADCAST, 1);
	set(shared[0], SOL_SOCKET, SO_NO_CHECK, 1);
	set(shared[0], IPPROTO_IP, IP_PKTINFO, 1);
	set(shared[1], IPPROTO_IP, IP_MULTICAST_TTL, 9);
	set(shared[1], IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	check(setsockopt(shared[1], IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof(interface)) == 0);
	set(shared[1], IPPROTO_UDP, UDP_SEGMENT, 1200);
	six = bound(AF_INET6, SOCK_DGRAM, 0, &at6, sizeof(at6), 0);
	set(six, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	set(six, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 5);
	set(six, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
	set(six, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	six_connected = socket(AF_INET6, SOCK_DGRAM, 0);
	check(connect(six_connected, (void *)&at6, sizeof(at6)) == 0);
	connected = bound(AF_INET, SOCK_DGRAM, 0, &any, sizeof(any), 0);
	check(connect(connected, (void *)&at, sizeof(at)) == 0);
	deaf = socket(AF_INET, SOCK_DGRAM, 0);
	check(connect(deaf, (void *)&at, sizeof(at)) == 0 && shutdown(deaf, SHUT_RD) == 0);
	any.sin_port = 0;
	lite = bound(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, &any, sizeof(any), 0);
	set(lite, IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 20);
	raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	check(raw >= 0 && setsockopt(raw, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter)) == 0);
	set(raw, IPPROTO_IP, IP_HDRINCL, 1);
	check(bind(raw, (void *)&any, sizeof(any)) == 0);
	local = link_local(&near) ? bound(AF_INET6, SOCK_DGRAM, 0, &near, sizeof(near), 0) : -1;

	specimen_wait();

	for (i = 0; i < 2; i++) {
		size = sizeof(name);
		check(getsockname(shared[i], (void *)&name, &size) == 0 && name.sin_port == at.sin_port);
		check(value(shared[i], SOL_SOCKET, SO_REUSEPORT) == 1);
	}
	check(value(shared[0], SOL_SOCKET, SO_BROADCAST) == 1 && value(shared[1], SOL_SOCKET, SO_BROADCAST) == 0);
	check(value(shared[0], SOL_SOCKET, SO_NO_CHECK) == 1 && value(shared[0], IPPROTO_IP, IP_PKTINFO) == 1);
	check(value(shared[1], IPPROTO_IP, IP_MULTICAST_TTL) == 9);
	check(value(shared[1], IPPROTO_IP, IP_MULTICAST_LOOP) == 0);
	size = sizeof(interface_now);
	check(getsockopt(shared[1], IPPROTO_IP, IP_MULTICAST_IF, &interface_now, &size) == 0);
	check(interface_now.s_addr == interface.s_addr);
	check(value(shared[1], IPPROTO_UDP, UDP_SEGMENT) == 1200 && value(shared[0], IPPROTO_UDP, UDP_SEGMENT) == 0);
	check(value(six, IPPROTO_IPV6, IPV6_RECVPKTINFO) == 1 && value(six, IPPROTO_IPV6, IPV6_UNICAST_HOPS) == 5);
	check(value(six, IPPROTO_IPV6, IPV6_TCLASS) == 0x20 && value(six, IPPROTO_IPV6, IPV6_RECVHOPLIMIT) == 1);
	check(send(six_connected, "six", 3, 0) == 3 && recv(six, text, sizeof(text), 0) == 3);
	size = sizeof(name);
	check(getpeername(connected, (void *)&name, &size) == 0 && name.sin_port == at.sin_port);
	check(recv(deaf, text, sizeof(text), 0) == 0); /* not EAGAIN: shut down */
	check(value(lite, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDPLITE);
	check(value(lite, IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV) == 20);
	check(value(raw, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_ICMP && value(raw, IPPROTO_IP, IP_HDRINCL) == 1);
	size = sizeof(filter_now);
	check(getsockopt(raw, SOL_RAW, ICMP_FILTER, &filter_now, &size) == 0 && filter_now.data == filter.data);
	size = sizeof(name);
	check(getsockname(raw, (void *)&name, &size) == 0 && name.sin_addr.s_addr == any.sin_addr.s_addr);
	if (local >= 0) {
		size = sizeof(name6);
		check(getsockname(local, (void *)&name6, &size) == 0 && size == sizeof(name6));
		check(memcmp(&name6, &near, sizeof(near)) == 0);
	}
	specimen_pass();
}
