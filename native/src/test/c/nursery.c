/*
 * Starts a program as its own child, says the child's pid, and kills it when its standard input
 * ends. So the JVM of a test is nobody's parent (it would reap what a test waits for), and nothing
 * is left behind when it dies.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	pid_t child = fork();
	char byte;

	if (argc < 2 || child < 0)
		return 1;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		printf("pid %d\n", getpid());
		fflush(stdout);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	while (read(0, &byte, 1) > 0)
		;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}
