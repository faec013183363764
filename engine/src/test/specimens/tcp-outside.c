/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to a server that does not belong to the tree, and speaks while the tree is away.
 * row: Sockets / TCP to a peer outside
 * carries: a server that speaks while the tree is away (--tcp-established)
 * beyond CRIU: on Linux 6.16 and later, where CRIU 4.1.1 dumps none
 * options: --tcp-established
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define CLIENTS 8

/* Echoes, and says something unasked 20 times a second; a child of init, so no part of the tree. */
static void serve(int *listeners)
{
	struct pollfd fds[CLIENTS + 2];
	int count = 2, i;
	char path[4096], text[64];

	snprintf(path, sizeof(path), "%s/result", specimen_folder);
	for (i = 0; i < 2; i++)
		fds[i] = (struct pollfd){ listeners[i], POLLIN, 0 };
	while (access(path, F_OK) != 0 && access(specimen_folder, F_OK) == 0) {
		poll(fds, count, 50);
		for (i = 0; i < 2; i++)
			if (fds[i].revents)
				fds[count++] = (struct pollfd){ accept(fds[i].fd, NULL, NULL), POLLIN, 0 };
		for (i = 2; i < count; i++) {
			if (fds[i].revents) {
				ssize_t length = recv(fds[i].fd, text, sizeof(text), MSG_DONTWAIT);

				if (length > 0)
					send(fds[i].fd, text, length, MSG_NOSIGNAL);
				else if (length == 0 || errno != EAGAIN)
					fds[i].fd = -1; /* a reset: the other end will notice */
			}
			if (fds[i].fd >= 0)
				send(fds[i].fd, ".", 1, MSG_NOSIGNAL);
		}
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t size6 = sizeof(at6);
	int listeners[2], clients[CLIENTS], i, status, dots;
	pid_t child;

	specimen_begin(argc, argv);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listeners[0] = socket(AF_INET, SOCK_STREAM, 0);
	check(bind(listeners[0], (void *)&at, sizeof(at)) == 0 && listen(listeners[0], CLIENTS) == 0);
	check(getsockname(listeners[0], (void *)&at, &size) == 0);
	listeners[1] = socket(AF_INET6, SOCK_STREAM, 0);
	check(bind(listeners[1], (void *)&at6, sizeof(at6)) == 0 && listen(listeners[1], CLIENTS) == 0);
	check(getsockname(listeners[1], (void *)&at6, &size6) == 0);
	child = fork();
	if (child == 0) {
		if (fork() == 0) {
			setsid();
			serve(listeners);
		}
		_exit(0);
	}
	close(listeners[0]);
	close(listeners[1]);
	check(waitpid(child, &status, 0) == child);
	for (i = 0; i < CLIENTS; i++) {
		clients[i] = socket(i % 2 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
		check(connect(clients[i], i % 2 ? (void *)&at6 : (void *)&at, i % 2 ? size6 : size) == 0);
		check(send(clients[i], "first", 5, 0) == 5);
	}

	specimen_wait();

	for (i = 0; i < CLIENTS; i++) {
		char text[256];
		const char *expected = "firstsecond";
		int found = 0;

		check(send(clients[i], "second", 6, MSG_NOSIGNAL) == 6);
		for (dots = 0; found < 11;) {
			ssize_t length = recv(clients[i], text, sizeof(text), 0);
			ssize_t j;

			check(length > 0);
			for (j = 0; j < length; j++) {
				if (text[j] == '.')
					dots++;
				else
					check(text[j] == expected[found++]);
			}
		}
	}
	specimen_pass();
}
