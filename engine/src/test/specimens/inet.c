/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP that listens, is bound, is unused; UDP bound and connected; options of each.
 * row: Sockets / TCP without a connection
 * carries: listeners, bound and unused sockets, UDP bound and connected, with their options
 * beyond CRIU: on Linux 6.16 and later, where CRIU 4.1.1 dumps none
 */
#include "specimen.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static struct sockaddr_in local(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static int port_of(int fd)
{
	struct sockaddr_in6 name;
	socklen_t length = sizeof(name);

	check(getsockname(fd, (struct sockaddr *)&name, &length) == 0);
	return ntohs(name.sin6_port); /* at the same place in sockaddr_in */
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t length = sizeof(value);

	check(getsockopt(fd, level, name, &value, &length) == 0);
	return value;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = local(0);
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int listener, unused, udp, peer, listener6, one = 1, tos = 0x10, ports[4], client, accepted;
	char text[8] = "";

	specimen_begin(argc, argv);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	check(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	check(listen(listener, 17) == 0);
	check(setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
	check(setsockopt(listener, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)) == 0);
	unused = socket(AF_INET6, SOCK_STREAM, 0);
	check(setsockopt(unused, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)) == 0);
	listener6 = socket(AF_INET6, SOCK_STREAM, 0);
	check(setsockopt(listener6, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == 0);
	check(bind(listener6, (struct sockaddr *)&six, sizeof(six)) == 0 && listen(listener6, 3) == 0);
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	check(bind(udp, (struct sockaddr *)&address, sizeof(address)) == 0);
	peer = socket(AF_INET, SOCK_DGRAM, 0);
	ports[0] = port_of(listener);
	ports[1] = port_of(listener6);
	ports[2] = port_of(udp);
	address = local(ports[2]);
	check(connect(peer, (struct sockaddr *)&address, sizeof(address)) == 0);
	ports[3] = port_of(peer);

	specimen_wait();

	check(port_of(listener) == ports[0] && port_of(listener6) == ports[1]);
	check(port_of(udp) == ports[2] && port_of(peer) == ports[3]);
	check(option(listener, SOL_SOCKET, SO_ACCEPTCONN) == 1);
	check(option(listener, SOL_SOCKET, SO_REUSEADDR) == 0);
	check(option(listener, IPPROTO_TCP, TCP_NODELAY) == 1);
	check(option(listener, IPPROTO_IP, IP_TOS) == tos);
	check(option(listener6, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
	check(option(unused, SOL_SOCKET, SO_KEEPALIVE) == 1);
	check((fcntl(listener, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(udp, F_GETFL) & O_NONBLOCK) == 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	address = local(ports[0]);
	check(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
	while ((accepted = accept(listener, NULL, NULL)) < 0)
		check(errno == EAGAIN);
	check(write(client, "hello", 6) == 6 && read(accepted, text, 6) == 6 && strcmp(text, "hello") == 0);
	check(send(peer, "datum", 6, 0) == 6 && recv(udp, text, 6, 0) == 6 && strcmp(text, "datum") == 0);
	specimen_pass();
}
