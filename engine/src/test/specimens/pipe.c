/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pipes: content, capacity, flags of each end, ends in two tasks, closed ends, more descriptions.
 * row: Files / pipes
 * carries: content, capacity, ends in two tasks, closed ends
 * beyond CRIU: flags of each end that is open several times
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

static char big[300000];

static int again(int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags);
}

int main(int argc, char **argv)
{
	int plain[2], large[2], closed[2], broken[2], shared[2], full[2], both, second, status, queued, i;
	char buffer[400000];
	ssize_t done = 0, got;
	pid_t child;

	specimen_begin(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < (int)sizeof(big); i++)
		big[i] = (char)(i * 7 + (i >> 8));
	check(pipe2(plain, O_CLOEXEC) == 0 && write(plain[1], "hello", 5) == 5);
	check(fcntl(plain[1], F_SETFL, O_NONBLOCK) == 0);
	check(pipe(large) == 0 && fcntl(large[1], F_SETPIPE_SZ, 1 << 20) == 1 << 20);
	check(write(large[1], big, sizeof(big)) == sizeof(big));
	check(pipe(closed) == 0 && write(closed[1], "end", 3) == 3 && close(closed[1]) == 0);
	check(pipe(broken) == 0 && close(broken[0]) == 0);
	check(pipe(shared) == 0);
	check(pipe2(full, O_NONBLOCK) == 0 && fcntl(full[0], F_SETPIPE_SZ, 4096) == 4096);
	while (write(full[1], big, 100) > 0)
		done += 100;
	check(errno == EAGAIN && done == 4000);
	both = again(plain[0], O_RDWR);
	second = again(plain[1], O_WRONLY | O_APPEND);
	check(both >= 0 && second >= 0);
	child = fork();
	if (child == 0) {
		close(shared[0]);
		while (!specimen_told())
			usleep(10000);
		_exit(write(shared[1], "from below", 10) == 10 ? 3 : 1);
	}
	close(shared[1]);

	specimen_wait();

	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3);
	check(read(shared[0], buffer, sizeof(buffer)) == 10 && memcmp(buffer, "from below", 10) == 0);
	check(read(shared[0], buffer, sizeof(buffer)) == 0); /* and the child was the only writer */
	check(fcntl(plain[0], F_GETFL) == O_RDONLY && fcntl(plain[0], F_GETFD) == FD_CLOEXEC);
	check((fcntl(plain[1], F_GETFL) & ~O_ACCMODE) == O_NONBLOCK);
	check((fcntl(both, F_GETFL) & O_ACCMODE) == O_RDWR);
	check(fcntl(second, F_GETFL) & O_APPEND && !(fcntl(second, F_GETFL) & O_NONBLOCK));
	check(ioctl(plain[0], FIONREAD, &queued) == 0 && queued == 5);
	check(read(plain[0], buffer, 3) == 3 && memcmp(buffer, "hel", 3) == 0);
	check(write(second, "!", 1) == 1);
	check(read(both, buffer, sizeof(buffer)) == 3 && memcmp(buffer, "lo!", 3) == 0);
	check(fcntl(plain[0], F_GETPIPE_SZ) == 65536 && fcntl(large[0], F_GETPIPE_SZ) == 1 << 20);
	for (done = 0; done < (ssize_t)sizeof(big); done += got) {
		got = read(large[0], buffer + done, sizeof(buffer) - done);
		check(got > 0);
	}
	check(memcmp(buffer, big, sizeof(big)) == 0);
	check(read(closed[0], buffer, sizeof(buffer)) == 3 && memcmp(buffer, "end", 3) == 0);
	check(read(closed[0], buffer, sizeof(buffer)) == 0);
	check(write(broken[1], "x", 1) == -1 && errno == EPIPE);
	check(write(full[1], big, 100) == -1 && errno == EAGAIN);
	check(read(full[0], buffer, sizeof(buffer)) == 4000);
	check(memcmp(buffer, big, 100) == 0 && memcmp(buffer + 3900, big, 100) == 0);
	check(read(full[0], buffer, sizeof(buffer)) == -1 && errno == EAGAIN);
	specimen_pass();
}
