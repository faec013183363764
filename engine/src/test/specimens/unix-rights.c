/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors on their way through queues: of files, of a pipe whose other end is held, of one that
 * nobody holds any more, of a socket through itself, of one with descriptors in its own queue.
 * row: Sockets / Unix, descriptors in queues
 * carries: descriptors of files, pipes and sockets on their way
 * beyond CRIU: where one message of a stream ends, sockets with descriptors in their own queue
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/socket.h>
#include <sys/un.h>

static void gives(int fd, const char *text, const int *rights, int count)
{
	char control[CMSG_SPACE(8 * sizeof(int))];
	struct iovec vector = { (void *)text, strlen(text) };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	memset(control, 0, sizeof(control));
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), rights, count * sizeof(int));
	check(sendmsg(fd, &message, 0) == (ssize_t)strlen(text));
}

static int gets(int fd, size_t most, const char *text, int *rights)
{
	char control[CMSG_SPACE(8 * sizeof(int))], buffer[100];
	struct iovec vector = { buffer, most };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
	int count;

	check(length == (ssize_t)strlen(text) && memcmp(buffer, text, length) == 0);
	check((message.msg_flags & MSG_CTRUNC) == 0);
	header = CMSG_FIRSTHDR(&message);
	if (!header)
		return 0;
	check(header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS);
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(rights, CMSG_DATA(header), count * sizeof(int));
	return count;
}

int main(int argc, char **argv)
{
	int stream[2], dgram[2], self[2], outer[2], inner[2], left[2], held[2], lost[2], file, rights[8], i;
	char path[4096], text[32];

	specimen_begin(argc, argv);
	snprintf(path, sizeof(path), "%s/file", specimen_folder);
	check((file = open(path, O_RDWR | O_CREAT, 0600)) >= 0);
	check(write(file, "0123456789", 10) == 10 && lseek(file, 4, SEEK_SET) == 4);
	check(pipe(held) == 0 && pipe(lost) == 0);
	check(write(lost[1], "in the pipe", 11) == 11);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, stream) == 0);
	check(socketpair(AF_UNIX, SOCK_DGRAM, 0, dgram) == 0);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, self) == 0);
	check(socketpair(AF_UNIX, SOCK_DGRAM, 0, outer) == 0);
	check(socketpair(AF_UNIX, SOCK_DGRAM, 0, inner) == 0);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, left) == 0);

	/* a stream: bytes before, with and after descriptors; one of a file that stays open here */
	check(write(stream[0], "before", 6) == 6);
	rights[0] = file;
	rights[1] = held[0];
	gives(stream[0], "with", rights, 2);
	check(write(stream[0], "after", 5) == 5);
	gives(stream[0], "more", lost, 2);
	close(lost[0]);
	close(lost[1]);
	close(held[0]);
	/* packets */
	gives(dgram[0], "one", rights, 1);
	gives(dgram[0], "", rights, 1);
	check(send(dgram[0], "plain", 5, 0) == 5);
	/* a socket through itself; its other end through it too */
	gives(self[0], "myself", self, 2);
	/* a queue inside a queue; nobody else has it */
	gives(inner[0], "inner", &file, 1);
	gives(outer[0], "outer", &inner[1], 1);
	close(inner[0]);
	close(inner[1]);
	/* left behind by a peer that is gone */
	gives(left[0], "left", &file, 1);
	close(left[0]);

	specimen_wait();

	check(gets(stream[1], 6, "before", rights) == 0);
	check(gets(stream[1], sizeof(text), "with", rights) == 2);
	check(lseek(rights[0], 0, SEEK_CUR) == 4 && read(rights[0], text, 1) == 1 && text[0] == '4');
	check(lseek(file, 0, SEEK_CUR) == 5); /* one description */
	check(write(held[1], "through", 7) == 7 && read(rights[1], text, 32) == 7);
	check(gets(stream[1], 5, "after", rights) == 0);
	check(gets(stream[1], sizeof(text), "more", rights) == 2);
	check(read(rights[0], text, sizeof(text)) == 11 && memcmp(text, "in the pipe", 11) == 0);
	check(write(rights[1], "x", 1) == 1 && close(rights[1]) == 0);
	check(read(rights[0], text, 2) == 1 && read(rights[0], text, 2) == 0);
	check(gets(dgram[1], 32, "one", rights) == 1 && lseek(rights[0], 7, SEEK_SET) == 7);
	check(lseek(file, 0, SEEK_CUR) == 7);
	check(gets(dgram[1], 32, "", rights) == 1);
	check(gets(dgram[1], 32, "plain", rights) == 0);
	check(gets(self[1], 32, "myself", rights) == 2);
	check(write(rights[0], "loop", 4) == 4 && read(self[1], text, 32) == 4);
	check(write(rights[1], "pool", 4) == 4 && read(self[0], text, 32) == 4);
	check(gets(outer[1], 32, "outer", rights) == 1);
	i = rights[0];
	check(gets(i, 32, "inner", rights) == 1 && lseek(rights[0], 0, SEEK_CUR) == 7);
	check(send(i, "x", 1, MSG_NOSIGNAL) == -1 && errno == ECONNREFUSED);
	check(gets(left[1], 32, "left", rights) == 1 && lseek(rights[0], 0, SEEK_CUR) == 7);
	check(read(left[1], text, 1) == 0);
	specimen_pass();
}
