/* SPDX-License-Identifier: Apache-2.0 */
#include "attend.h"
#include "plain.h"

#define NR_POLL 7
#define NR_RT_SIGACTION 13
#define NR_RT_SIGPROCMASK 14
#define NR_IOCTL 16
#define NR_WAIT4 61
#define NR_KILL 62
#define NR_FCNTL 72
#define NR_WAITID 247
#define NR_SIGNALFD4 289

#define __WALL 0x40000000
#define WNOHANG 1
#define WEXITED 4
#define WNOWAIT 0x01000000
#define P_ALL 0
#define SIGPIPE 13
#define SIGCHLD 17
#define SIGWINCH 28
#define SIG_SETMASK 2
#define SFD_NONBLOCK 04000
#define SFD_CLOEXEC 02000000
#define F_GETFL 3
#define F_SETFL 4
#define O_NONBLOCK 04000
#define POLLIN 1
#define POLLOUT 4
#define EINTR 4
#define EAGAIN 11
#define ENOTTY 25

#define TCGETS 0x5401
#define TCSETS 0x5402
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define VTIME 5
#define VMIN 6

/* How long output that was printed before the end may take to come, should somebody still hold the terminal. */
#define LAST_WORDS_MILLIS 1000
/* How long until a terminal that nobody had open is looked at again. */
#define HUNG_UP_MILLIS 200
#define ROOM 4096

struct modes { /* struct termios of the kernel */
	uint32_t input;
	uint32_t output;
	uint32_t control;
	uint32_t local;
	uint8_t line;
	uint8_t characters[19];
};
_Static_assert(sizeof(struct modes) == 36, "ioctl_tty(2)");

struct awaited { /* struct pollfd */
	int fd;
	short events;
	short came;
};

/* What is on its way in one direction. */
struct flow {
	int from;
	int to;
	uint32_t have;
	uint32_t done;
	char bytes[ROOM];
};

struct console {
	long master;
	int terminal;		/* our own descriptor of a terminal, or -1 */
	int hung_up;		/* nobody in the container had it open when we looked */
	struct modes modes;	/* as they were */
	struct flow in;
	struct flow out;
};

/* Reaps a child that has ended, unless it is the one that is waited for. */
static int reap_other(int64_t child)
{
	uint32_t info[32]; /* siginfo_t: the pid is its fourth word */

	clear(info, sizeof(info));
	if (raw6(NR_WAITID, P_ALL, 0, (uint64_t)info, WEXITED | WNOHANG | WNOWAIT | __WALL, 0, 0) < 0)
		return 0;
	if (info[3] == 0 || info[3] == (uint32_t)child)
		return 0;
	return raw4(NR_WAIT4, info[3], 0, __WALL | WNOHANG, 0) > 0;
}

static void give_size(const struct console *console)
{
	uint16_t size[4];

	if (console->terminal >= 0 && raw3(NR_IOCTL, console->terminal, TIOCGWINSZ, (uint64_t)size) == 0)
		raw3(NR_IOCTL, console->master, TIOCSWINSZ, (uint64_t)size);
}

/*
 * What is typed is for the container's terminal to interpret, as with cfmakeraw(3). What is printed stays for ours:
 * runtimes leave the carriage return before a line's end to it, and a second one does nothing.
 */
static void make_raw(const struct console *console)
{
	struct modes raw = console->modes;

	raw.input &= ~02753u;	  /* IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON */
	raw.local &= ~0100113u;	  /* ECHO ECHONL ICANON ISIG IEXTEN */
	raw.control &= ~0460u;	  /* CSIZE PARENB */
	raw.control |= 060;	  /* CS8 */
	raw.characters[VMIN] = 1;
	raw.characters[VTIME] = 0;
	raw3(NR_IOCTL, console->terminal, TCSETS, (uint64_t)&raw);
}

static void begin(struct console *console, long master)
{
	clear(console, sizeof(*console));
	console->master = master;
	console->terminal = -1;
	console->in.from = 0;
	console->in.to = master;
	console->out.from = master;
	console->out.to = 1;
	if (master < 0) {
		console->in.from = -1;
		return;
	}
	raw3(NR_FCNTL, master, F_SETFL, raw3(NR_FCNTL, master, F_GETFL, 0) | O_NONBLOCK);
	for (int fd = 0; fd <= 2 && console->terminal < 0; fd++)
		if (raw3(NR_IOCTL, fd, TCGETS, (uint64_t)&console->modes) == 0)
			console->terminal = fd;
	if (console->terminal >= 0)
		make_raw(console);
	give_size(console);
}

static int is_passing(long result)
{
	return result == -EINTR || result == -EAGAIN;
}

/* Takes what is there; 0 at the end. */
static int fill(struct flow *flow)
{
	long got = raw3(NR_READ, flow->from, (uint64_t)flow->bytes, ROOM);

	if (got > 0) {
		flow->have = got;
		flow->done = 0;
	}
	return got > 0 || is_passing(got);
}

/* Gives away what it takes; 0 when nobody takes it any more. */
static int empty(struct flow *flow)
{
	long put = raw3(NR_WRITE, flow->to, (uint64_t)flow->bytes + flow->done, flow->have - flow->done);

	if (put > 0)
		flow->done += put;
	if (flow->done == flow->have)
		flow->have = flow->done = 0;
	return put > 0 || is_passing(put);
}

/* Output that nobody takes is lost, and goes on being taken: the container must not wait for us. */
static void print(struct console *console)
{
	if (!empty(&console->out))
		console->out.have = console->out.done = 0;
}

/* What was printed before the end. */
static void finish(struct console *console)
{
	struct awaited master = { console->master, POLLIN, 0 };

	if (console->master < 0)
		return;
	for (;;) {
		while (console->out.have)
			print(console);
		if (raw3(NR_POLL, (uint64_t)&master, 1, LAST_WORDS_MILLIS) <= 0 || !fill(&console->out))
			break;
	}
	if (console->terminal >= 0)
		raw3(NR_IOCTL, console->terminal, TCSETS, (uint64_t)&console->modes);
}

static void pass_signals(struct console *console, long signals, int64_t child)
{
	uint32_t info[32]; /* struct signalfd_siginfo: the signal is its first word */

	while (raw3(NR_READ, signals, (uint64_t)info, sizeof(info)) == sizeof(info)) {
		if (info[0] == SIGCHLD) {
			while (reap_other(child))
				;
		} else if (info[0] == SIGWINCH && console->terminal >= 0) {
			give_size(console);
		} else if (info[0] != SIGPIPE || console->master < 0) { /* else from our own writing */
			raw3(NR_KILL, child, info[0], 0);
		}
	}
}

static void pass_bytes(struct console *console, const struct awaited *awaited)
{
	struct flow *in = &console->in, *out = &console->out;

	if (awaited[1].came && !fill(in))
		in->from = -1;
	if (awaited[2].came && in->have && !empty(in))
		in->have = in->done = 0; /* nobody has the terminal open */
	if (awaited[2].came && !out->have)
		console->hung_up = !fill(out);
	if (awaited[3].came)
		print(console);
}

int64_t attend(int64_t child, long master)
{
	static struct console console;
	uint64_t all = ~0ull, action[4] = { 0, 0, 0, 0 };
	long signals;

	raw4(NR_RT_SIGACTION, SIGCHLD, (uint64_t)action, 0, sizeof(all));
	raw4(NR_RT_SIGPROCMASK, SIG_SETMASK, (uint64_t)&all, 0, sizeof(all));
	signals = raw4(NR_SIGNALFD4, -1, (uint64_t)&all, sizeof(all), SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals < 0)
		return signals;
	begin(&console, master);
	for (;;) {
		struct flow *in = &console.in, *out = &console.out;
		int watched = console.hung_up ? -1 : (int)master;
		struct awaited awaited[] = {
			{ (int)signals, POLLIN, 0 },
			{ in->have ? -1 : in->from, POLLIN, 0 },
			{ watched, (in->have ? POLLOUT : 0) | (out->have ? 0 : POLLIN), 0 },
			{ out->have ? out->to : -1, POLLOUT, 0 },
		};
		int status = 0;
		long ended;

		pass_signals(&console, signals, child);
		ended = raw4(NR_WAIT4, child, (uint64_t)&status, __WALL | WNOHANG, 0);
		if (ended != 0) {
			finish(&console);
			raw1(NR_CLOSE, signals);
			return ended < 0 ? ended : status;
		}
		raw3(NR_POLL, (uint64_t)awaited, 4, console.hung_up ? HUNG_UP_MILLIS : -1);
		console.hung_up = 0;
		pass_bytes(&console, awaited);
	}
}
