/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket pairs of every type with data in both directions, packets kept apart, empty ones too.
 * row: Sockets / Unix pairs
 * carries: stream, datagram and packet pairs with data in both directions
 * beyond CRIU: packets without a byte
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/socket.h>
#include <sys/un.h>

static void says(int fd, const char *text)
{
	check(send(fd, text, strlen(text), 0) == (ssize_t)strlen(text));
}

static void hears(int fd, const char *text)
{
	char buffer[256];
	ssize_t length = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	check(length == (ssize_t)strlen(text));
	check(memcmp(buffer, text, length) == 0);
}

static void silent(int fd)
{
	char byte;

	check(recv(fd, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
}

static void unnamed(int fd)
{
	struct sockaddr_un name;
	socklen_t length = sizeof(name);

	check(getsockname(fd, (void *)&name, &length) == 0 && length == sizeof(sa_family_t));
	length = sizeof(name);
	check(getpeername(fd, (void *)&name, &length) == 0 && length == sizeof(sa_family_t));
}

int main(int argc, char **argv)
{
	int stream[2], dgram[2], seqpacket[2], silence[2], type;
	socklen_t size = sizeof(type);
	static char large[100000], back[100000];
	size_t i;

	specimen_begin(argc, argv);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, stream) == 0);
	check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, dgram) == 0);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, seqpacket) == 0);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, silence) == 0);
	for (i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 7 + i / 251);
	says(stream[0], "hello ");
	says(stream[0], "world");
	for (i = 0; i < sizeof(large); i += 10000)
		check(send(stream[1], large + i, 10000, 0) == 10000);
	says(dgram[0], "one");
	says(dgram[0], "");
	says(dgram[0], "three");
	says(dgram[1], "back");
	says(seqpacket[0], "packet");
	says(seqpacket[0], "");
	says(seqpacket[0], "another");

	specimen_wait();

	hears(stream[1], "hello world");
	check(recv(stream[0], back, sizeof(back), MSG_WAITALL) == sizeof(back));
	check(memcmp(large, back, sizeof(back)) == 0);
	hears(dgram[1], "one");
	hears(dgram[1], "");
	hears(dgram[1], "three");
	hears(dgram[0], "back");
	hears(seqpacket[1], "packet");
	hears(seqpacket[1], "");
	hears(seqpacket[1], "another");
	for (i = 0; i < 2; i++) {
		silent(stream[i]);
		silent(dgram[i]);
		silent(seqpacket[i]);
		silent(silence[i]);
		unnamed(stream[i]);
		unnamed(dgram[i]);
		unnamed(seqpacket[i]);
		check((fcntl(dgram[i], F_GETFL) & O_NONBLOCK) != 0);
		check((fcntl(stream[i], F_GETFL) & O_NONBLOCK) == 0);
		check(fcntl(seqpacket[i], F_GETFD) == FD_CLOEXEC);
		check(fcntl(stream[i], F_GETFD) == 0);
		check(getsockopt(stream[i], SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM);
		check(getsockopt(dgram[i], SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM);
		check(getsockopt(seqpacket[i], SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET);
		says(stream[i], "new");
		hears(stream[1 - i], "new");
		says(dgram[i], "new");
		hears(dgram[1 - i], "new");
		says(seqpacket[i], "new");
		hears(seqpacket[1 - i], "new");
		says(silence[i], "new");
		hears(silence[1 - i], "new");
	}
	specimen_pass();
}
