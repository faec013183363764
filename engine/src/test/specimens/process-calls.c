/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread in each call that waits, without and with a time limit far away: none sees EINTR, and each gets what it
 * waited for.
 * row: Process / interrupted calls
 * carries: pause, sigsuspend, futex, poll, select, read, accept and wait go on waiting
 * beyond CRIU: calls that a stop ends with EINTR: epoll_wait, sigtimedwait, io_getevents, sockets with a time
 *   limit; calls with a restart block: nanosleep, futex and poll. A time limit that is no moment begins anew
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define FAR 100000 /* seconds */

static pid_t child;
static int end[2];
static volatile int handled;

static void on_signal(int signal)
{
	(void)signal;
	handled++;
}

/* What each thread does: the call, and what it has to have for a result. */
struct waiting {
	const char *name;
	void (*call)(struct waiting *);
	void (*wake)(struct waiting *);
	int limited;	/* whether it has a time limit */
	int number;	/* of the system call that it is to be seen in */
	int *ends;	/* of a pipe, or the like */
	pthread_t thread;
	pid_t tid;
	volatile int done;
};

static struct timespec far_away(void)
{
	return (struct timespec){ FAR, 0 };
}

static void write_pipe(struct waiting *w)
{
	check(write(w->ends[1], "w", 1) == 1);
}

static void do_poll(struct waiting *w)
{
	struct pollfd one = { w->ends[0], POLLIN, 0 };

	check(poll(&one, 1, w->limited ? FAR * 1000 : -1) == 1 && one.revents == POLLIN);
}

static void do_ppoll(struct waiting *w)
{
	struct pollfd one = { w->ends[0], POLLIN, 0 };
	struct timespec limit = far_away();
	sigset_t mask, is;

	sigfillset(&mask);
	check(ppoll(&one, 1, w->limited ? &limit : NULL, &mask) == 1);
	pthread_sigmask(SIG_SETMASK, NULL, &is);
	check(sigismember(&is, SIGUSR2) == 1 && sigismember(&is, SIGWINCH) == 0);
}

static void do_select(struct waiting *w)
{
	struct timeval limit = { FAR, 0 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(w->ends[0], &set);
	check(syscall(SYS_select, w->ends[0] + 1, &set, NULL, NULL, w->limited ? &limit : NULL) == 1);
	check(FD_ISSET(w->ends[0], &set));
}

static void do_pselect(struct waiting *w)
{
	struct timespec limit = far_away();
	fd_set set;

	FD_ZERO(&set);
	FD_SET(w->ends[0], &set);
	check(pselect(w->ends[0] + 1, &set, NULL, NULL, w->limited ? &limit : NULL, NULL) == 1);
}

static int epoll_of(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 77 };
	int set = epoll_create1(0);

	check(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
	return set;
}

static void do_epoll_wait(struct waiting *w)
{
	struct epoll_event event;

	check(syscall(SYS_epoll_wait, epoll_of(w->ends[0]), &event, 1, w->limited ? FAR * 1000 : -1) == 1);
	check(event.data.u64 == 77);
}

static void do_epoll_pwait(struct waiting *w)
{
	struct epoll_event event;
	sigset_t mask;

	sigfillset(&mask);
	check(epoll_pwait(epoll_of(w->ends[0]), &event, 1, w->limited ? FAR * 1000 : -1, &mask) == 1);
	check(event.data.u64 == 77);
}

static void do_epoll_pwait2(struct waiting *w)
{
	struct timespec limit = far_away();
	struct epoll_event event;

	check(syscall(SYS_epoll_pwait2, epoll_of(w->ends[0]), &event, 1, w->limited ? &limit : NULL, NULL, 0) == 1);
}

static void do_read(struct waiting *w)
{
	char byte;

	check(read(w->ends[0], &byte, 1) == 1 && byte == 'w');
}

static void do_read_tty(struct waiting *w)
{
	char line[8];

	check(read(w->ends[0], line, 8) == 3 && memcmp(line, "we\n", 3) == 0);
}

static void type(struct waiting *w)
{
	check(write(w->ends[1], "we\n", 3) == 3);
}

static void do_read_word(struct waiting *w)
{
	uint64_t word;

	check(read(w->ends[0], &word, 8) == 8 && word == 3);
}

static void write_word(struct waiting *w)
{
	uint64_t word = 3;

	check(write(w->ends[0], &word, 8) == 8);
}

static void do_read_ticks(struct waiting *w)
{
	uint64_t ticks;

	check(read(w->ends[0], &ticks, 8) == 8 && ticks == 1);
}

static void start_timer(struct waiting *w)
{
	struct itimerspec soon = { { 0, 0 }, { 0, 1 } };

	check(timerfd_settime(w->ends[0], 0, &soon, NULL) == 0);
}

static void do_read_signal(struct waiting *w)
{
	struct signalfd_siginfo info;

	check(read(w->ends[0], &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGWINCH);
}

static void send_winch(struct waiting *w)
{
	check(syscall(SYS_tgkill, getpid(), w->tid, SIGWINCH) == 0);
}

static void do_write(struct waiting *w)
{
	char one[4096] = "";

	check(write(w->ends[1], one, sizeof(one)) == sizeof(one)); /* it is full */
}

static void drain(struct waiting *w)
{
	static char all[65536];

	check(read(w->ends[0], all, sizeof(all)) > 0);
}

static void do_accept(struct waiting *w)
{
	int fd = accept(w->ends[0], NULL, NULL);

	check(fd >= 0);
	close(fd);
}

static void do_connect(struct waiting *w)
{
	struct sockaddr_un address;
	socklen_t length = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	check(getsockname(w->ends[0], (struct sockaddr *)&address, &length) == 0);
	check(connect(fd, (struct sockaddr *)&address, length) == 0);
	close(fd);
}

static void do_recv(struct waiting *w)
{
	struct timeval limit = { FAR, 0 };
	char byte;

	if (w->limited)
		check(setsockopt(w->ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
	check(recv(w->ends[0], &byte, 1, 0) == 1 && byte == 's');
}

static void do_send(struct waiting *w)
{
	check(send(w->ends[1], "s", 1, 0) == 1);
}

static void do_futex(struct waiting *w)
{
	struct timespec limit = far_away();

	check(syscall(SYS_futex, w->ends, FUTEX_WAIT_PRIVATE, 0, w->limited ? &limit : NULL, NULL, 0) == 0);
}

static void do_futex_until(struct waiting *w)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += FAR;
	check(syscall(SYS_futex, w->ends, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0, &limit, NULL, ~0) == 0);
}

static void wake_futex(struct waiting *w)
{
	check(syscall(SYS_futex, w->ends, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 1);
}

static void do_wait(struct waiting *w)
{
	int status;

	(void)w;
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 9);
}

static void end_child(struct waiting *w)
{
	(void)w;
	check(write(end[1], "e", 1) == 1);
}

static void do_sigtimedwait(struct waiting *w)
{
	struct timespec limit = far_away();
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 4);
	check((w->limited ? sigtimedwait(&set, &info, &limit) : sigwaitinfo(&set, &info)) == SIGRTMIN + 4);
	check((info.si_code == SI_TKILL || info.si_code == SI_USER) && info.si_pid == getpid());
}

static void send_rt(struct waiting *w)
{
	check(syscall(SYS_tgkill, getpid(), w->tid, SIGRTMIN + 4) == 0);
}

static void do_sigsuspend(struct waiting *w)
{
	sigset_t mask;

	(void)w;
	sigfillset(&mask);
	sigdelset(&mask, SIGUSR2);
	check(sigsuspend(&mask) == -1 && errno == EINTR && handled == 1);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	check(sigismember(&mask, SIGUSR2) == 1);
}

static void send_usr2(struct waiting *w)
{
	check(syscall(SYS_tgkill, getpid(), w->tid, SIGUSR2) == 0);
}

/* After sigsuspend has had its signal: it is unblocked here. */
static void do_pause(struct waiting *w)
{
	sigset_t mask;

	(void)w;
	sigfillset(&mask);
	sigdelset(&mask, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	check(syscall(SYS_pause) == -1 && errno == EINTR && handled >= 1);
}

static void send_usr1(struct waiting *w)
{
	check(syscall(SYS_tgkill, getpid(), w->tid, SIGUSR1) == 0);
}

static void do_io_getevents(struct waiting *w)
{
	struct timespec limit = far_away();
	aio_context_t context = 0;
	struct io_event event;

	check(syscall(SYS_io_setup, 4, &context) == 0);
	memcpy(w->ends + 2, &context, 8);
	check(syscall(SYS_io_getevents, context, 1, 1, &event, w->limited ? &limit : NULL) == 1);
	check(event.data == 1234);
}

static void complete_io(struct waiting *w)
{
	aio_context_t context;
	struct iocb request = { .aio_data = 1234, .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = w->ends[0] };
	struct iocb *requests[] = { &request };
	char byte;

	memcpy(&context, w->ends + 2, 8);
	request.aio_buf = (unsigned long)&byte;
	request.aio_nbytes = 1;
	check(syscall(SYS_io_submit, context, 1, requests) == 1);
}

/* Ends by itself: sleeps that must neither fail nor end early. */
static void do_nanosleep(struct waiting *w)
{
	struct timespec before, after, limit = { 0, 20000000 }, left;

	while (!specimen_told()) {
		clock_gettime(CLOCK_MONOTONIC, &before);
		check(syscall(SYS_nanosleep, &limit, w->limited ? &left : NULL) == 0);
		clock_gettime(CLOCK_MONOTONIC, &after);
		check((after.tv_sec - before.tv_sec) * 1000000000l + after.tv_nsec - before.tv_nsec >= 20000000);
	}
}

static void do_clock_nanosleep(struct waiting *w)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	while (!specimen_told()) {
		struct timespec now;

		until.tv_nsec += 20000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		check(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, w->limited ? TIMER_ABSTIME : 0,
			      w->limited ? &until : &(struct timespec){ 0, 10000000 }, NULL) == 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
		check(!w->limited || now.tv_sec > until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
	}
}

static struct waiting all[] = {
	{ "wait4", do_wait, end_child, 0, SYS_wait4 },
	{ "poll", do_poll, write_pipe, 0, SYS_poll },
	{ "poll, limited", do_poll, write_pipe, 1, SYS_poll },
	{ "ppoll", do_ppoll, write_pipe, 0, SYS_ppoll },
	{ "ppoll, limited", do_ppoll, write_pipe, 1, SYS_ppoll },
	{ "select", do_select, write_pipe, 0, SYS_select },
	{ "select, limited", do_select, write_pipe, 1, SYS_select },
	{ "pselect6", do_pselect, write_pipe, 0, SYS_pselect6 },
	{ "pselect6, limited", do_pselect, write_pipe, 1, SYS_pselect6 },
	{ "epoll_wait", do_epoll_wait, write_pipe, 0, SYS_epoll_wait },
	{ "epoll_wait, limited", do_epoll_wait, write_pipe, 1, SYS_epoll_wait },
	{ "epoll_pwait", do_epoll_pwait, write_pipe, 0, SYS_epoll_pwait },
	{ "epoll_pwait, limited", do_epoll_pwait, write_pipe, 1, SYS_epoll_pwait },
	{ "epoll_pwait2", do_epoll_pwait2, write_pipe, 0, SYS_epoll_pwait2 },
	{ "epoll_pwait2, limited", do_epoll_pwait2, write_pipe, 1, SYS_epoll_pwait2 },
	{ "read of a pipe", do_read, write_pipe, 0, SYS_read },
	{ "read of a tty", do_read_tty, type, 0, SYS_read },
	{ "read of an eventfd", do_read_word, write_word, 0, SYS_read },
	{ "read of a timerfd", do_read_ticks, start_timer, 0, SYS_read },
	{ "read of a signalfd", do_read_signal, send_winch, 0, SYS_read },
	{ "write to a full pipe", do_write, drain, 0, SYS_write },
	{ "accept", do_accept, do_connect, 0, SYS_accept },
	{ "recv", do_recv, do_send, 0, SYS_recvfrom },
	{ "recv, limited", do_recv, do_send, 1, SYS_recvfrom },
	{ "futex", do_futex, wake_futex, 0, SYS_futex },
	{ "futex, limited", do_futex, wake_futex, 1, SYS_futex },
	{ "futex, until", do_futex_until, wake_futex, 1, SYS_futex },
	{ "sigwaitinfo", do_sigtimedwait, send_rt, 0, SYS_rt_sigtimedwait },
	{ "sigtimedwait", do_sigtimedwait, send_rt, 1, SYS_rt_sigtimedwait },
	{ "sigsuspend", do_sigsuspend, send_usr2, 0, SYS_rt_sigsuspend },
	{ "pause", do_pause, send_usr1, 0, SYS_pause },
	{ "io_getevents", do_io_getevents, complete_io, 0, SYS_io_getevents },
	{ "io_getevents, limited", do_io_getevents, complete_io, 1, SYS_io_getevents },
	{ "nanosleep", do_nanosleep, NULL, 0, -1 },
	{ "nanosleep, told what remains", do_nanosleep, NULL, 1, -1 },
	{ "clock_nanosleep", do_clock_nanosleep, NULL, 0, -1 },
	{ "clock_nanosleep, until", do_clock_nanosleep, NULL, 1, -1 },
};
#define COUNT ((int)(sizeof(all) / sizeof(all[0])))

static int *ends_of(struct waiting *w)
{
	int *ends = calloc(4, sizeof(int)), i;
	char path[4096];

	if (w->call == do_futex || w->call == do_futex_until || w->call == do_wait) {
		return ends;
	} else if (w->call == do_read_word) {
		ends[0] = eventfd(0, 0);
	} else if (w->call == do_read_tty) {
		ends[1] = posix_openpt(O_RDWR | O_NOCTTY);
		check(ends[1] >= 0 && grantpt(ends[1]) == 0 && unlockpt(ends[1]) == 0);
		ends[0] = open(ptsname(ends[1]), O_RDWR | O_NOCTTY);
	} else if (w->call == do_read_ticks) {
		ends[0] = timerfd_create(CLOCK_MONOTONIC, 0);
	} else if (w->call == do_read_signal) {
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGWINCH);
		ends[0] = signalfd(-1, &set, 0);
	} else if (w->call == do_accept) {
		struct sockaddr_un address = { AF_UNIX };

		snprintf(address.sun_path, sizeof(address.sun_path), "%s/accept", specimen_folder);
		ends[0] = socket(AF_UNIX, SOCK_STREAM, 0);
		check(bind(ends[0], (struct sockaddr *)&address, sizeof(address)) == 0 && listen(ends[0], 5) == 0);
	} else if (w->call == do_recv) {
		check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	} else if (w->call == do_io_getevents) {
		snprintf(path, sizeof(path), "%s/aio", specimen_folder);
		ends[0] = open(path, O_RDWR | O_CREAT, 0600);
		check(write(ends[0], "a", 1) == 1);
	} else {
		check(pipe(ends) == 0);
		if (w->call == do_write) {
			char page[4096] = "";

			for (i = 0; i < 16; i++)
				check(write(ends[1], page, 4096) == 4096);
		}
	}
	check(ends[0] >= 0);
	return ends;
}

static void *run(void *argument)
{
	struct waiting *w = argument;
	char name[16];
	sigset_t mask;

	snprintf(name, sizeof(name), "%s", w->name);
	pthread_setname_np(pthread_self(), name);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGUSR2);
	sigaddset(&mask, SIGRTMIN + 4);
	if (w->call == do_read_signal)
		sigaddset(&mask, SIGWINCH);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	errno = 0;
	__atomic_store_n(&w->tid, syscall(SYS_gettid), __ATOMIC_RELEASE);
	w->call(w);
	w->done = 1;
	return NULL;
}

static void until_waiting(struct waiting *w)
{
	char text[64];
	int number;

	while (__atomic_load_n(&w->tid, __ATOMIC_ACQUIRE) == 0)
		usleep(1000);
	do {
		specimen_read(text, sizeof(text), "/proc/self/task/%d/syscall", w->tid);
		usleep(1000);
		if (sscanf(text, "%d", &number) != 1)
			number = -1; /* it runs */
	} while (w->number >= 0 && number != w->number && number != SYS_restart_syscall);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	int i;

	specimen_begin(argc, argv);
	check(pipe(end) == 0);
	child = fork();
	if (child == 0) {
		char byte;

		_exit(read(end[0], &byte, 1) == 1 ? 9 : 1);
	}
	check(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
	for (i = 0; i < COUNT; i++) {
		all[i].ends = ends_of(&all[i]);
		check(pthread_create(&all[i].thread, NULL, run, &all[i]) == 0);
	}
	for (i = 0; i < COUNT; i++)
		until_waiting(&all[i]);

	specimen_wait();

	for (i = 0; i < COUNT; i++) {
		if (all[i].number >= 0) {
			if (all[i].done)
				specimen_fail("%s did not wait", all[i].name);
			until_waiting(&all[i]);
			all[i].wake(&all[i]);
		}
		check(pthread_join(all[i].thread, NULL) == 0);
	}
	check(handled == 2);
	specimen_pass();
}
