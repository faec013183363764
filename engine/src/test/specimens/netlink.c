/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink sockets: unused, bound, connected to the kernel, members of groups; all answer afterwards.
 * row: Sockets / netlink
 * carries: unused, bound, connected to the kernel, members of groups
 * beyond CRIU: groups beyond the first 32, options of netlink
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

#define HIGH_GROUP RTNLGRP_STATS /* beyond the first 32 */

static int opened(int protocol, unsigned groups)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW, protocol);

	check(fd >= 0 && bind(fd, (void *)&address, sizeof(address)) == 0);
	return fd;
}

static struct sockaddr_nl name_of(int fd)
{
	struct sockaddr_nl address;
	socklen_t size = sizeof(address);

	check(getsockname(fd, (void *)&address, &size) == 0 && size == sizeof(address));
	return address;
}

static int value(int fd, int name)
{
	int found = -1;
	socklen_t size = sizeof(found);

	check(getsockopt(fd, SOL_NETLINK, name, &found, &size) == 0);
	return found;
}

/* Asks for the loopback interface. */
static void answers(int fd)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = { { sizeof(request), RTM_GETLINK, NLM_F_REQUEST, 1, 0 }, { .ifi_index = 1 } };
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		char rest[32768];
	} answer;

	check(send(fd, &request, sizeof(request), 0) == sizeof(request));
	check(recv(fd, &answer, sizeof(answer), 0) >= (ssize_t)sizeof(request));
	check(answer.header.nlmsg_type == RTM_NEWLINK && answer.link.ifi_index == 1);
}

int main(int argc, char **argv)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK }, names[2], peer;
	int route, events, connected, unused, one = 1, group = HIGH_GROUP;
	unsigned groups[4] = { 0 };
	socklen_t size;

	specimen_begin(argc, argv);
	route = opened(NETLINK_ROUTE, 0);
	/* groups that are told nothing while the specimen waits */
	events = opened(NETLINK_ROUTE, 1 << (RTNLGRP_PHONET_IFADDR - 1));
	check(setsockopt(events, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0);
	check(setsockopt(events, SOL_NETLINK, NETLINK_PKTINFO, &one, sizeof(one)) == 0);
	check(setsockopt(events, SOL_NETLINK, NETLINK_NO_ENOBUFS, &one, sizeof(one)) == 0);
	check(setsockopt(route, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)) == 0);
	connected = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	check(connect(connected, (void *)&kernel, sizeof(kernel)) == 0);
	unused = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	check(unused >= 0);
	names[0] = name_of(route);
	names[1] = name_of(events);
	check(names[0].nl_pid != 0 && names[1].nl_pid != names[0].nl_pid);
	answers(route);

	specimen_wait();

	check(name_of(route).nl_pid == names[0].nl_pid && name_of(events).nl_pid == names[1].nl_pid);
	check(name_of(events).nl_groups == names[1].nl_groups && name_of(route).nl_groups == 0);
	size = sizeof(groups);
	check(getsockopt(events, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &size) == 0);
	check(groups[(HIGH_GROUP - 1) / 32] >> ((HIGH_GROUP - 1) % 32) & 1);
	check(value(events, NETLINK_PKTINFO) == 1 && value(events, NETLINK_NO_ENOBUFS) == 1);
	check(value(events, NETLINK_CAP_ACK) == 0 && value(route, NETLINK_CAP_ACK) == 1);
	size = sizeof(peer);
	check(getpeername(connected, (void *)&peer, &size) == 0 && peer.nl_pid == 0);
	check(name_of(unused).nl_pid == 0 && (fcntl(unused, F_GETFL) & O_NONBLOCK));
	answers(route);
	answers(connected);
	specimen_pass();
}
