/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet sockets: bound to an interface with options and groups, to all interfaces, to nothing.
 * row: Sockets / packet
 * carries: bound to an interface with options and memberships, to all interfaces, to nothing
 * beyond CRIU: on Linux 6.16 and later, where CRIU 4.1.1 dumps none
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

static int value(int fd, int name)
{
	int found = -1;
	socklen_t size = sizeof(found);

	check(getsockopt(fd, SOL_PACKET, name, &found, &size) == 0);
	return found;
}

static struct sockaddr_ll name_of(int fd)
{
	struct sockaddr_ll address;
	socklen_t size = sizeof(address);

	memset(&address, 0, sizeof(address));
	check(getsockname(fd, (void *)&address, &size) == 0);
	return address;
}

/* A protocol that nobody speaks, so that nothing comes unasked. */
#define QUIET 0x88b5

int main(int argc, char **argv)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(QUIET) };
	struct packet_mreq group = { .mr_type = PACKET_MR_PROMISC };
	int bound, everywhere, unused, one = 1, reserve = 32, version = TPACKET_V2;
	unsigned char frame[60] = { 0 }, text[100];
	struct pollfd ready;

	specimen_begin(argc, argv);
	at.sll_ifindex = if_nametoindex("lo");
	bound = socket(AF_PACKET, SOCK_RAW, 0);
	check(bound >= 0);
	check(setsockopt(bound, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) == 0);
	check(setsockopt(bound, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof(reserve)) == 0);
	check(setsockopt(bound, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) == 0);
	check(bind(bound, (void *)&at, sizeof(at)) == 0);
	group.mr_ifindex = at.sll_ifindex;
	check(setsockopt(bound, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof(group)) == 0);
	everywhere = socket(AF_PACKET, SOCK_DGRAM, htons(QUIET));
	unused = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	check(everywhere >= 0 && unused >= 0);

	specimen_wait();

	check(name_of(bound).sll_ifindex == at.sll_ifindex && name_of(bound).sll_protocol == htons(QUIET));
	check(name_of(everywhere).sll_ifindex == 0 && name_of(everywhere).sll_protocol == htons(QUIET));
	check(name_of(unused).sll_protocol == 0 && (fcntl(unused, F_GETFL) & O_NONBLOCK));
	check(value(bound, PACKET_VERSION) == TPACKET_V2 && value(bound, PACKET_RESERVE) == 32);
	check(value(bound, PACKET_AUXDATA) == 1 && value(everywhere, PACKET_AUXDATA) == 0);
	check(setsockopt(bound, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &group, sizeof(group)) == 0);
	frame[12] = QUIET >> 8;
	frame[13] = QUIET & 0xff;
	memcpy(frame + 14, "payload", 7);
	check(sendto(unused, frame, sizeof(frame), 0, (void *)&at, sizeof(at)) == sizeof(frame));
	ready = (struct pollfd){ bound, POLLIN, 0 };
	check(poll(&ready, 1, 10000) == 1 && recv(bound, text, sizeof(text), 0) == sizeof(frame));
	check(memcmp(text, frame, sizeof(frame)) == 0);
	ready = (struct pollfd){ everywhere, POLLIN, 0 };
	check(poll(&ready, 1, 10000) == 1 && recv(everywhere, text, sizeof(text), 0) == sizeof(frame) - 14);
	check(memcmp(text, "payload", 7) == 0);
	specimen_pass();
}
