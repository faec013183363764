/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hundreds of TCP connections of a process to itself, with bytes on their way, between hundreds of other descriptors.
 * row: Files / many connections
 * carries: hundreds of TCP connections that are made together, and what else is open beside them
 * options: --tcp-established
 */
#include "specimen.h"
#include <netinet/in.h>
#include <sys/socket.h>

enum { COUNT = 300 };

static int callers[COUNT], called[COUNT], pairs[COUNT][2];

static void check_byte(int from, int to, char byte)
{
	char got = 0;

	check(write(from, &byte, 1) == 1);
	check(read(to, &got, 1) == 1 && got == byte);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int i, number, server;

	specimen_begin(argc, argv);
	server = socket(AF_INET, SOCK_STREAM, 0);
	check(bind(server, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(server, COUNT) == 0);
	check(getsockname(server, (struct sockaddr *)&address, &length) == 0);
	for (i = 0; i < COUNT; i++) {
		callers[i] = socket(AF_INET, SOCK_STREAM, 0);
		check(connect(callers[i], (struct sockaddr *)&address, sizeof(address)) == 0);
		called[i] = accept(server, NULL, NULL);
		check(called[i] >= 0 && write(callers[i], &i, sizeof(i)) == sizeof(i));
		check(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) == 0);
	}

	specimen_wait();

	for (i = 0; i < COUNT; i++) {
		check(read(called[i], &number, sizeof(number)) == sizeof(number) && number == i);
		check_byte(called[i], callers[i], 'a');
		check_byte(callers[i], called[i], 'b');
		check_byte(pairs[i][0], pairs[i][1], 'c');
		check_byte(pairs[i][1], pairs[i][0], 'd');
	}
	specimen_pass();
}
