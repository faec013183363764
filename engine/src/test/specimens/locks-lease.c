/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases: who has one is told when somebody wants the file, and gives it up.
 * row: Files / leases
 * carries: read and write leases; who has one is told when somebody wants the file
 * options: --file-locks
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <signal.h>
#include <sys/wait.h>

static volatile sig_atomic_t got, from;

static void on_break(int signal, siginfo_t *info, void *context)
{
	(void)context;
	got = signal;
	from = info->si_fd;
}

static const char *path_of(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", specimen_folder, name);
	return path;
}

/* Another process wants the file; whether it would have to wait. */
static int is_kept(const char *name, int flags)
{
	pid_t pid = fork();
	int status, fd;

	if (pid == 0) {
		fd = open(path_of(name), flags | O_NONBLOCK);
		_exit(fd >= 0 ? 0 : errno == EWOULDBLOCK ? 1 : 2);
	}
	check(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_break, .sa_flags = SA_SIGINFO | SA_RESTART };
	int reading, writing;

	specimen_begin(argc, argv);
	sigaction(SIGRTMIN + 3, &action, NULL);
	sigaction(SIGIO, &action, NULL);
	close(open(path_of("reading"), O_WRONLY | O_CREAT, 0600));
	close(open(path_of("writing"), O_WRONLY | O_CREAT, 0600));
	reading = open(path_of("reading"), O_RDONLY | O_CLOEXEC);
	writing = open(path_of("writing"), O_RDWR | O_CLOEXEC);
	check(fcntl(reading, F_SETLEASE, F_RDLCK) == 0 && fcntl(writing, F_SETLEASE, F_WRLCK) == 0);
	check(fcntl(writing, F_SETSIG, SIGRTMIN + 3) == 0);

	specimen_wait();

	check(got == 0 && fcntl(reading, F_GETLEASE) == F_RDLCK && fcntl(writing, F_GETLEASE) == F_WRLCK);
	check(!is_kept("reading", O_RDONLY) && got == 0);
	check(is_kept("reading", O_WRONLY) && got == SIGIO);
	check(fcntl(reading, F_SETLEASE, F_UNLCK) == 0 && !is_kept("reading", O_WRONLY));
	check(is_kept("writing", O_RDONLY) && got == SIGRTMIN + 3 && from == writing);
	check(fcntl(writing, F_SETLEASE, F_RDLCK) == 0 || errno == EAGAIN);
	check(fcntl(writing, F_SETLEASE, F_UNLCK) == 0 && !is_kept("writing", O_WRONLY));
	specimen_pass();
}
