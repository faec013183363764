/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that share what threads share: descriptors, directories, both, and one that shares
 * again with the one below it.
 * row: Process / CLONE_FILES and CLONE_FS between processes
 * carries: one table of descriptors for parent and child
 * beyond CRIU: one root, working directory and umask, over three generations
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

static int orders[2], answers[2];

static void tell(const char *what)
{
	check(write(answers[1], what, 1) == 1);
}

static char heard(void)
{
	char what;

	check(read(answers[0], &what, 1) == 1);
	return what;
}

/* Waits for its letter. */
static void await(char mine)
{
	char what = 0;

	while (what != mine) {
		check(read(orders[0], &what, 1) == 1);
		if (what != mine) {
			check(write(orders[1], &what, 1) == 1);
			usleep(1000);
		}
	}
}

static pid_t like(unsigned long flags)
{
	return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static int listener(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, name);
	check(fd >= 0 && bind(fd, (void *)&address, sizeof(address)) == 0 && listen(fd, 1) == 0);
	return fd;
}

static int connects(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int done, fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, name);
	done = fd >= 0 && connect(fd, (void *)&address, sizeof(address)) == 0;
	close(fd);
	return done;
}

static void is_here(const char *name)
{
	char here[4096], expected[4096];

	snprintf(expected, sizeof(expected), "%s%s", specimen_folder, name);
	check(getcwd(here, sizeof(here)) && strcmp(here, expected) == 0);
}

int main(int argc, char **argv)
{
	pid_t tables, directories, both;
	int fd, status;

	specimen_begin(argc, argv);
	check(pipe(orders) == 0 && pipe(answers) == 0);
	check(chdir(specimen_folder) == 0);
	check(mkdir("one", 0755) == 0 && mkdir("two", 0755) == 0);
	check(chdir("one") == 0);
	umask(027);

	directories = like(CLONE_FS);
	if (directories == 0) {
		pid_t lower = like(CLONE_FS);

		if (lower == 0) {
			fd = listener("lower");
			check(umask(031) == 027);
			check(chdir("../two") == 0);
			check(listener("there") > fd);
			tell("l");
			await('L'); /* after 'D' */
			is_here("/one");
			check(umask(077) == 022);
			tell("l");
			_exit(3);
		}
		check(heard() == 'l');
		check(umask(031) == 031);
		tell("d");
		await('D');
		is_here("/two");
		check(umask(022) == 031);
		check(chdir("../one") == 0);
		check(connects("lower"));
		check(write(orders[1], "L", 1) == 1);
		check(waitpid(lower, &status, 0) == lower && WEXITSTATUS(status) == 3);
		check(umask(077) == 077);
		_exit(4);
	}
	check(directories > 0);
	while (heard() != 'd')
		tell("l"); /* not ours */

	tables = like(CLONE_FILES);
	if (tables == 0) {
		check(dup2(0, 77) == 77);
		tell("t");
		await('T');
		check(fcntl(99, F_GETFD) == FD_CLOEXEC && fcntl(77, F_GETFD) == 0);
		check(close(77) == 0);
		tell("t");
		_exit(5);
	}
	check(tables > 0 && heard() == 't');
	check(fcntl(77, F_GETFD) == 0);

	both = like(CLONE_FILES | CLONE_FS);
	if (both == 0) {
		check(dup3(0, 99, O_CLOEXEC) == 99);
		tell("b");
		await('B');
		is_here("/one");
		check(chdir("/") == 0);
		check(fcntl(99, F_GETFD) == -1);
		tell("b");
		_exit(6);
	}
	check(both > 0 && heard() == 'b');
	is_here("/two");

	specimen_wait();

	is_here("/two");
	check(connects("there"));
	check(write(orders[1], "D", 1) == 1);
	check(waitpid(directories, &status, 0) == directories && WIFEXITED(status));
	check(WEXITSTATUS(status) == 4 && heard() == 'l');
	is_here("/one");
	check(umask(0) == 077);
	check(write(orders[1], "T", 1) == 1 && heard() == 't');
	check(waitpid(tables, &status, 0) == tables && WEXITSTATUS(status) == 5);
	check(fcntl(77, F_GETFD) == -1);
	check(close(99) == 0);
	check(write(orders[1], "B", 1) == 1 && heard() == 'b');
	check(waitpid(both, &status, 0) == both && WEXITSTATUS(status) == 6);
	check(getcwd((char[4096]){ 0 }, 4096) && access("proc", F_OK) == 0);
	specimen_pass();
}
