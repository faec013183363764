/*
 * Has one of each that /proc tells about. Its arguments: a directory to work in. It says the
 * numbers of its descriptors in the order of the enum below, its second thread, an anonymous
 * mapping with a name, and its pidfd's target.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENT, EPOLL, INOTIFY, SIGNAL, TIMER, PIDFD, LOCKED, FANOTIFY, COUNT };

static volatile pid_t second;

static void *sleeper(void *unused)
{
	prctl(PR_SET_NAME, "second");
	second = gettid();
	for (;;)
		pause();
	return unused;
}

#define NEED(condition) do { if (!(condition)) { perror(#condition); return 1; } } while (0)

int main(int argc, char **argv)
{
	int fd[COUNT];
	struct epoll_event watch = { .events = EPOLLIN | EPOLLET, .data.u64 = 0xfeedface12345678 };
	struct itimerspec times = { { 3, 5 }, { 100000, 7 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 37,
				  .sigev_value.sival_ptr = (void *)0x1234 };
	gid_t groups[] = { 7, 4000000000u };
	timer_t timer;
	pthread_t thread;
	sigset_t set;
	char *page, *file;
	pid_t child;

	NEED(argc == 2 && chdir(argv[1]) == 0);
	NEED(prctl(PR_SET_NAME, "a)\n\\ R (b") == 0);
	umask(027);
	NEED(setgroups(2, groups) == 0);
	NEED(personality(ADDR_NO_RANDOMIZE) >= 0);
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	NEED(prctl(PR_SET_TIMERSLACK, 12345) == 0);
	NEED(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
	signal(SIGINT, SIG_DFL); /* shells have what they put into the background ignore both */
	signal(SIGQUIT, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	NEED(sigprocmask(SIG_BLOCK, &set, NULL) == 0);

	NEED((fd[EVENT] = eventfd(0x5a, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC)) >= 0);
	NEED((fd[EPOLL] = epoll_create1(0)) >= 0);
	NEED(epoll_ctl(fd[EPOLL], EPOLL_CTL_ADD, fd[EVENT], &watch) == 0);
	NEED((fd[INOTIFY] = inotify_init1(IN_NONBLOCK)) >= 0);
	NEED(inotify_add_watch(fd[INOTIFY], ".", IN_CREATE | IN_DELETE) == 1);
	NEED((fd[SIGNAL] = signalfd(-1, &set, 0)) >= 0);
	NEED((fd[TIMER] = timerfd_create(CLOCK_MONOTONIC, 0)) >= 0);
	NEED(timerfd_settime(fd[TIMER], 0, &times, NULL) == 0);
	NEED((child = fork()) >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "child");
		for (;;)
			pause();
	}
	NEED((fd[PIDFD] = syscall(SYS_pidfd_open, child, 0)) >= 0);
	NEED((fd[LOCKED] = open("two\nlines", O_RDWR | O_CREAT | O_APPEND, 0600)) >= 0);
	NEED(write(fd[LOCKED], argv[1], 6) == 6);
	NEED(flock(fd[LOCKED], LOCK_EX) == 0);
	NEED(lockf(fd[LOCKED], F_LOCK, 10) == 0);
	NEED((fd[FANOTIFY] = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY)) >= 0);
	NEED(fanotify_mark(fd[FANOTIFY], FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, ".") == 0);
	NEED(fanotify_mark(fd[FANOTIFY], FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_CLOSE_WRITE,
			   AT_FDCWD, "/proc") == 0);
	NEED(timer_create(CLOCK_REALTIME, &event, &timer) == 0);
	NEED(ftruncate(fd[LOCKED], 8192) == 0);
	file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd[LOCKED], 0);
	NEED(file != MAP_FAILED);
	NEED(unlink("two\nlines") == 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(page != MAP_FAILED);
	NEED(madvise(page, 4096, MADV_DONTDUMP) == 0 && madvise(page, 4096, MADV_DONTFORK) == 0);
	prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, page, 4096, "my heap"); /* a kernel may lack it */
	NEED(pthread_create(&thread, NULL, sleeper, NULL) == 0);
	while (!second)
		sched_yield();

	printf("ready");
	for (int i = 0; i < COUNT; i++)
		printf(" %d", fd[i]);
	printf(" %d %lu %lu %d\n", second, (unsigned long)page, (unsigned long)file, child);
	fflush(stdout);
	for (;;)
		pause();
}
