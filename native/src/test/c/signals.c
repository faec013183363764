/*
 * Blocks SIGUSR1, SIGUSR2 and a real-time signal, and leaves pending: SIGUSR1 for the process,
 * SIGUSR2 for the thread, and as many queued real-time signals as the first argument says.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, 40);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return 1;
	kill(getpid(), SIGUSR1);
	syscall(SYS_tgkill, getpid(), getpid(), SIGUSR2);
	for (int i = 0; i < count; i++)
		sigqueue(getpid(), 40, (union sigval){ .sival_int = i });
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}
