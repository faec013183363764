/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box for a specimen: namespaces of its own, with a first process that reaps.
 *
 *	box own|user ROOT FOLDER PROGRAM	makes the box and waits for its end
 *	box init PROGRAM FOLDER			its first process, in it
 *
 * ROOT is a mount with a view of the machine's root directory, which nobody writes to through it. In the box it
 * is "/", with file systems of the box's own on /proc, /dev and /tmp. FOLDER, in /tmp, is the only directory that is
 * there from outside; PROGRAM and box must be in it. "user" has a user namespace too, which owns all others:
 * its ids are those from USERS on. Writes the pid of its first process to FOLDER/root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USERS = 100000, RANGE = 65536 };
enum { NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP };

static const char *const devices[] = { "null", "zero", "full", "random", "urandom", "tty" };
static const int minors[] = { 3, 5, 7, 8, 9, 0 };

#define must(call)                                                                                    \
	do {                                                                                          \
		if ((call) < 0) {                                                                     \
			fprintf(stderr, "box, line %d: %s: %s\n", __LINE__, #call, strerror(errno));  \
			exit(1);                                                                      \
		}                                                                                     \
	} while (0)

static void write_file(const char *path, const char *text)
{
	int fd;

	must(fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	must(write(fd, text, strlen(text)));
	close(fd);
}

/* The box's first process: brings the specimen into a session of its own and ends with it. */
static int init(char **argv)
{
	int status, null;
	pid_t child, ended;

	must(close_range(3, ~0u, 0));
	must(null = open("/dev/null", O_RDWR));
	for (int fd = 0; fd < 3; fd++)
		must(dup2(null, fd));
	if (null > 2)
		close(null);
	child = fork();
	if (child == 0) {
		setsid();
		execv(argv[2], argv + 2);
		_exit(127);
	}
	while ((ended = waitpid(-1, &status, __WALL)) != child)
		if (ended < 0 && errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void make_devices(int user)
{
	char path[64], outside[64];

	for (int i = 0; i < (int)(sizeof(minors) / sizeof(*minors)); i++) {
		snprintf(path, sizeof(path), "dev/%s", devices[i]);
		snprintf(outside, sizeof(outside), "/dev/%s", devices[i]);
		if (user) {
			write_file(path, "");
			must(mount(outside, path, NULL, MS_BIND, NULL));
		} else {
			must(mknod(path, S_IFCHR | 0666, makedev(i < 5 ? 1 : 5, minors[i])));
			must(chmod(path, 0666));
		}
	}
}

static void mount_all(const char *root, const char *folder, int user)
{
	char path[4096];

	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(mount(root, root, NULL, MS_BIND | MS_REC, NULL)); /* the one from outside is locked */
	must(chdir(root));
	must(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	must(mount("tmpfs", "tmp", "tmpfs", MS_NOSUID, "mode=1777"));
	snprintf(path, sizeof(path), "%s/%s", root, folder + 1);
	must(mkdir(path, 0755));
	must(mount(folder, path, NULL, MS_BIND, NULL));
	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755"));
	make_devices(user);
	must(mkdir("dev/pts", 0755));
	must(mkdir("dev/shm", 0755));
	must(mkdir("dev/mqueue", 0755));
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"));
	must(mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
	must(mount("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV, NULL));
	must(symlink("pts/ptmx", "dev/ptmx"));
	must(symlink("/proc/self/fd", "dev/fd"));
	must(syscall(SYS_pivot_root, ".", "."));
	must(umount2(".", MNT_DETACH));
	must(chdir("/"));
}

static void bring_up_loopback(void)
{
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int socket_;

	must(socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	must(ioctl(socket_, SIOCSIFFLAGS, &loopback));
	close(socket_);
}

static void map_ids(pid_t pid)
{
	static const char *const files[] = { "uid_map", "gid_map" };
	char path[64], line[64];

	snprintf(line, sizeof(line), "0 %d %d", USERS, RANGE);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		write_file(path, line);
	}
}

int main(int argc, char **argv)
{
	char text[32], self[4096], draft[4096];
	int user, mapped[2], status;
	pid_t child;

	if (argc == 4 && !strcmp(argv[1], "init"))
		return init(argv);
	if (argc != 5)
		return 2;
	user = !strcmp(argv[1], "user");
	must(pipe2(mapped, O_CLOEXEC));
	if (user)
		must(chown(argv[3], USERS, USERS));
	must(child = syscall(SYS_clone, NAMESPACES | (user ? CLONE_NEWUSER : 0) | SIGCHLD, 0, 0, 0, 0));
	if (child == 0) {
		close(mapped[1]);
		must(read(mapped[0], text, 1));
		must(setgroups(0, NULL));
		must(setresgid(0, 0, 0));
		must(setresuid(0, 0, 0));
		umask(0);
		mount_all(argv[2], argv[3], user);
		umask(022);
		bring_up_loopback();
		must(sethostname("box", 3));
		must(setsid());
		snprintf(self, sizeof(self), "%s/box", argv[3]);
		must(execl(self, self, "init", argv[4], argv[3], NULL));
	}
	if (user)
		map_ids(child);
	snprintf(self, sizeof(self), "%s/root", argv[3]);
	snprintf(draft, sizeof(draft), "%s/.root", argv[3]);
	snprintf(text, sizeof(text), "%d", child);
	write_file(draft, text);
	must(rename(draft, self));
	must(write(mapped[1], "", 1));
	must(waitpid(child, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
