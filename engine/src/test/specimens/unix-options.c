/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of sockets: buffers, timeouts, filters, signals; credentials of who sent what is queued.
 * row: Sockets / Unix options
 * carries: buffers, time limits, filters
 * beyond CRIU: credentials and other control messages in a queue, several options
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <linux/filter.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

static int option(int fd, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	check(getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 && size == sizeof(value));
	return value;
}

static void set(int fd, int name, int value)
{
	check(setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value)) == 0);
}

static void credentials_are(int fd, const char *text, pid_t pid, uid_t uid, gid_t gid)
{
	char control[CMSG_SPACE(sizeof(struct ucred))], buffer[32];
	struct iovec vector = { buffer, sizeof(buffer) };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct ucred sender;
	struct cmsghdr *header;

	check(recvmsg(fd, &message, MSG_DONTWAIT) == (ssize_t)strlen(text));
	check(memcmp(buffer, text, strlen(text)) == 0);
	header = CMSG_FIRSTHDR(&message);
	check(header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS);
	memcpy(&sender, CMSG_DATA(header), sizeof(sender));
	check(sender.pid == pid && sender.uid == uid && sender.gid == gid);
}

int main(int argc, char **argv)
{
	int pair[2], filtered[2], trusting[2], stop[2], sndbuf, rcvbuf, default_sndbuf, status;
	struct timeval send_timeout = { 12, 340000 }, receive_timeout = { 0, 560000 }, timeout;
	struct linger linger = { 1, 7 }, linger_now;
	socklen_t size;
	struct sock_filter code[] = {
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, 0 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 'y' },
		{ BPF_RET | BPF_K, 0, 0, 0xffff },
		{ BPF_RET | BPF_K, 0, 0, 0 },
	};
	struct sock_fprog program = { 4, code };
	struct f_owner_ex owner;
	pid_t child;
	char text[8];

	specimen_begin(argc, argv);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	default_sndbuf = option(pair[1], SO_SNDBUF);
	set(pair[0], SO_SNDBUF, 30000);
	set(pair[0], SO_RCVBUF, 40000);
	sndbuf = option(pair[0], SO_SNDBUF);
	rcvbuf = option(pair[0], SO_RCVBUF);
	check(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &send_timeout, sizeof(timeout)) == 0);
	check(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &receive_timeout, sizeof(timeout)) == 0);
	check(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0);
	set(pair[0], SO_PRIORITY, 5);
	set(pair[0], SO_RCVLOWAT, 3);
	set(pair[0], SO_REUSEADDR, 1);
	set(pair[0], SO_BROADCAST, 1);
	set(pair[0], SO_PASSCRED, 1);
	owner.type = F_OWNER_PID;
	owner.pid = getpid();
	check(fcntl(pair[0], F_SETOWN_EX, &owner) == 0 && fcntl(pair[0], F_SETSIG, SIGUSR2) == 0);
	check(write(pair[1], "abc", 3) == 3);

	check(socketpair(AF_UNIX, SOCK_DGRAM, 0, filtered) == 0);
	check(write(filtered[0], "no filter yet", 13) == 13);
	check(setsockopt(filtered[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0);

	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, trusting) == 0 && pipe(stop) == 0);
	set(trusting[1], SO_PASSCRED, 1);
	child = fork();
	if (child == 0) {
		close(stop[1]);
		if (getuid() == 0 && (setresgid(4321, 4321, 4321) || setresuid(1234, 1234, 1234)))
			_exit(1);
		if (write(trusting[0], "child", 5) != 5)
			_exit(2);
		_exit(read(stop[0], text, 1) == 0 ? 0 : 3); /* until the parent closes it */
	}
	close(stop[0]);
	while (recv(trusting[1], text, 1, MSG_PEEK) != 1)
		;
	check(write(trusting[0], "parent", 6) == 6);

	specimen_wait();

	check(option(pair[0], SO_SNDBUF) == sndbuf && option(pair[0], SO_RCVBUF) == rcvbuf);
	check(option(pair[1], SO_SNDBUF) == default_sndbuf);
	check(option(pair[0], 72 /* SO_BUF_LOCK */) == 3 && option(pair[1], 72) == 0);
	size = sizeof(timeout);
	check(getsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &timeout, &size) == 0);
	check(timeout.tv_sec == 12 && timeout.tv_usec == 340000);
	check(getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, &size) == 0);
	check(timeout.tv_sec == 0 && timeout.tv_usec == 560000);
	size = sizeof(linger);
	check(getsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger_now, &size) == 0);
	check(linger_now.l_onoff == 1 && linger_now.l_linger == 7);
	check(option(pair[0], SO_PRIORITY) == 5 && option(pair[0], SO_RCVLOWAT) == 3);
	check(option(pair[0], SO_REUSEADDR) == 1 && option(pair[0], SO_BROADCAST) == 1);
	check(option(pair[0], SO_PASSCRED) == 1 && option(pair[1], SO_PASSCRED) == 0);
	owner.pid = 0;
	check(fcntl(pair[0], F_GETOWN_EX, &owner) == 0 && owner.pid == getpid());
	check(owner.type == F_OWNER_PID && fcntl(pair[0], F_GETSIG) == SIGUSR2);
	check(recv(pair[0], text, 3, MSG_DONTWAIT) == 3);

	check(recv(filtered[1], text, sizeof(text), MSG_DONTWAIT) == sizeof(text));
	check(send(filtered[0], "dropped", 7, 0) == 7 && send(filtered[0], "yes", 3, 0) == 3);
	check(recv(filtered[1], text, sizeof(text), MSG_DONTWAIT) == 3 && text[0] == 'y');
	{
		struct sock_filter found[8];

		size = 8;
		check(getsockopt(filtered[1], SOL_SOCKET, SO_GET_FILTER, found, &size) == 0 && size == 4);
		check(memcmp(found, code, sizeof(code)) == 0);
	}
	credentials_are(trusting[1], "child", child, getuid() ? getuid() : 1234, getuid() ? getgid() : 4321);
	credentials_are(trusting[1], "parent", getpid(), getuid(), getgid());
	check(write(trusting[0], "now", 3) == 3);
	credentials_are(trusting[1], "now", getpid(), getuid(), getgid());
	close(stop[1]);
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	specimen_pass();
}
