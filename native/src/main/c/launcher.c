/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher: what a caller execs as criu, stasis or stasis-runc. It finds the engine, or starts
 * one, and then does what the engine orders: it is the root agent, in whose place (parent,
 * namespaces, cgroup, descriptors) restored tasks are made. What the words on its command line mean
 * is none of its business: the engine reads them from /proc. Freestanding: no libc.
 */
#include "attend.h"
#include "launcher.h"
#include "plain.h"
#include "runtime.h"
#include "undo.h"

#define NR_MMAP 9
#define NR_MUNMAP 11
#define NR_RT_SIGACTION 13
#define NR_RT_SIGPROCMASK 14
#define NR_DUP2 33
#define NR_SOCKET 41
#define NR_CONNECT 42
#define NR_SENDTO 44
#define NR_RECVMSG 47
#define NR_SOCKETPAIR 53
#define NR_FORK 57
#define NR_WAIT4 61
#define NR_FCNTL 72
#define NR_CHDIR 80
#define NR_MKDIR 83
#define NR_READLINK 89
#define NR_UMASK 95
#define NR_GETEUID 107
#define NR_SETSID 112
#define NR_SETPRIORITY 141
#define NR_PRCTL 157
#define NR_SCHED_SETAFFINITY 203
#define NR_DUP3 292
#define NR_PRLIMIT64 302
#define NR_CLOSE_RANGE 436

#define AF_UNIX 1
#define SOCK_SEQPACKET 5
#define SOCK_CLOEXEC 02000000
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define MSG_NOSIGNAL 0x4000
#define MSG_CMSG_CLOEXEC 0x40000000
#define O_RDWR 2
#define F_SETFD 2
#define F_DUPFD_CLOEXEC 1030
#define FD_CLOEXEC 1
#define PROT_RW 3
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0x20
#define MAP_FIXED_NOREPLACE 0x100000
#define __WALL 0x40000000
#define SIGCHLD 17
#define SIGNALS 64
#define SIG_SETMASK 2
#define PRIO_PROCESS 0
#define PR_SET_CHILD_SUBREAPER 36
#define PR_SET_PTRACER 0x59616d61
#define EINTR 4
#define ECHILD 10
#define EBADF 9
#define RLIMIT_NOFILE 7
#define BOX_SOCKET 4

#define ENGINE_SOCKET "/run/stasis/engine.sock"
#define ENGINE_LOG "/run/stasis/engine.log"
#define FIRST_PASSED 3 /* after the standard descriptors, as with systemd's and runc's passed ones */
#define LAUNCH_LIMIT 16384
#define ARGUMENT_LIMIT 128
#define ENVIRONMENT_LIMIT 256
#define MESSAGE_LIMIT 65536

struct bytes {
	void *base;
	uint64_t length;
};

struct header { /* struct msghdr */
	void *name;
	uint32_t name_length;
	struct bytes *vector;
	uint64_t vector_length;
	void *control;
	uint64_t control_length;
	int flags;
};

struct control { /* struct cmsghdr with room for one descriptor */
	uint64_t length;
	int level;
	int type;
	int descriptor;
	int padding;
};

struct action { /* struct kernel_sigaction */
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

struct path_address { /* struct sockaddr_un */
	uint16_t family;
	char path[108];
};

static long connect_to(const char *path)
{
	struct path_address address;
	uint64_t length = length_of(path);
	long fd;

	if (length >= sizeof(address.path))
		return -1;
	clear(&address, sizeof(address));
	address.family = AF_UNIX;
	copy(address.path, path, length);
	fd = raw3(NR_SOCKET, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	if (raw3(NR_CONNECT, fd, (uint64_t)&address, sizeof(address)) < 0) {
		raw1(NR_CLOSE, fd);
		return -1;
	}
	return fd;
}

/*
 * A caller may already have put us into the cgroup of the container to be restored. A JVM in there
 * would count against the container's limits and be frozen and killed with it.
 */
static void leave_cgroups(void)
{
	static const char tail[] = "/cgroup.procs";
	char *text = (char *)raw6(NR_MMAP, 0, 1 << 20, PROT_RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *line = text;

	if ((long)text < 0 && (long)text > -4096)
		return;
	if (read_file("/proc/self/mountinfo", text, 1 << 20) < 0)
		return;
	while (*line) {
		char *end = line, *field = line, *mark = line;
		char path[PATH_LIMIT];
		uint64_t length = 0;
		int spaces = 0, cgroup = 0;

		while (*end && *end != '\n')
			end++;
		for (; mark < end; mark++)
			if (starts_with(mark, " - cgroup"))
				cgroup = 1;
		while (cgroup && field < end && spaces < 4)
			if (*field++ == ' ')
				spaces++;
		while (cgroup && field + length < end && field[length] != ' ')
			length++;
		if (cgroup && length && length + sizeof(tail) < sizeof(path)) {
			long fd;

			copy(path, field, length);
			copy(path + length, tail, sizeof(tail));
			fd = open_file(path, O_WRONLY | O_CLOEXEC, 0);
			if (fd >= 0) {
				raw3(NR_WRITE, fd, (uint64_t)"0", 1); /* a mount that refuses keeps us: no harm */
				raw1(NR_CLOSE, fd);
			}
		}
		line = *end ? end + 1 : end;
	}
	raw3(NR_MUNMAP, (uint64_t)text, 1 << 20, 0);
}

/* The folder that holds bin/ and lib/, found from the executable itself. */
static void find_home(char *home)
{
	long length = raw3(NR_READLINK, (uint64_t) "/proc/self/exe", (uint64_t)home, PATH_LIMIT - 1);
	int slashes = 0;

	if (length <= 0)
		fail("cannot read /proc/self/exe; is /proc mounted?", "");
	while (length > 0 && slashes < 2)
		if (home[--length] == '/')
			slashes++;
	home[length] = 0;
}

/*
 * lib/launch: the JVM and its arguments, one a line; '@' stands for the distribution's folder.
 * Returns the number of arguments, whose text lies in `text`.
 */
static int read_launch(const char *home, char *text, char **arguments)
{
	char path[PATH_LIMIT + 16];
	char *raw = text + LAUNCH_LIMIT;
	uint64_t out = 0, home_length = length_of(home);
	int count = 0;

	copy(path, home, home_length);
	copy(path + home_length, "/lib/launch", 12);
	if (read_file(path, raw, LAUNCH_LIMIT) <= 0)
		fail("the distribution is not complete, cannot read ", path);
	arguments[count] = text;
	for (; *raw && count < ARGUMENT_LIMIT - 8 && out + home_length + 2 < LAUNCH_LIMIT; raw++) {
		if (*raw == '\n') {
			text[out++] = 0;
			if (arguments[count][0])
				count++;
			arguments[count] = text + out;
		} else if (*raw == '@') {
			copy(text + out, home, home_length);
			out += home_length;
		} else {
			text[out++] = *raw;
		}
	}
	text[out] = 0;
	if (arguments[count][0])
		count++;
	return count;
}

/* Whether children that end can be waited for must not depend on our caller. */
static void default_action(int signal)
{
	struct action action = { 0, 0, 0, 0 };

	raw4(NR_RT_SIGACTION, signal, (uint64_t)&action, 0, sizeof(action.mask));
}

/* An engine that outlives its first caller must not carry on with that one's signals, niceness, processors or umask. */
static void forget_caller(void)
{
	uint64_t nothing = 0, processors[128];

	for (int signal = 1; signal <= SIGNALS; signal++)
		default_action(signal);
	raw4(NR_RT_SIGPROCMASK, SIG_SETMASK, (uint64_t)&nothing, 0, sizeof(nothing));
	for (unsigned i = 0; i < sizeof(processors) / sizeof(processors[0]); i++)
		processors[i] = ~0ull;
	raw3(NR_SCHED_SETAFFINITY, 0, sizeof(processors), (uint64_t)processors);
	raw3(NR_SETPRIORITY, PRIO_PROCESS, 0, 0);
	raw1(NR_UMASK, 022);
	raw1(NR_SETSID, 0);
}

static void __attribute__((noreturn)) become_engine(long socket, const char *mode, const char *home, char **env)
{
	static char text[2 * LAUNCH_LIMIT];
	char *arguments[ARGUMENT_LIMIT];
	char *kept[ENVIRONMENT_LIMIT];
	char library[PATH_LIMIT + 8];
	int count, n = 0, resident = mode[0] == 'r';
	long null;

	count = read_launch(home, text, arguments);
	copy(library, home, length_of(home));
	copy(library + length_of(home), "/lib", 5);
	/* A relative module path keeps the JVM's cache good wherever the distribution lies; nor is the caller's folder held. */
	if (raw1(NR_CHDIR, (uint64_t)library) < 0)
		fail("cannot change to ", library);
	arguments[count++] = (char *)mode;
	arguments[count] = 0;
	for (; *env && n < ENVIRONMENT_LIMIT - 2; env++)
		if (starts_with(*env, "PATH=") || starts_with(*env, "HOME=") || starts_with(*env, "STASIS_") ||
		    starts_with(*env, "XDG_RUNTIME_DIR="))
			kept[n++] = *env;
	kept[n++] = "LC_ALL=C.UTF-8"; /* file names are UTF-8 to the JVM */
	kept[n] = 0;
	leave_cgroups();
	forget_caller();
	null = open_file("/dev/null", O_RDWR, 0); /* what the engine says to the caller goes through the caller's own */
	raw3(NR_DUP2, null, 0, 0);
	raw3(NR_DUP2, null, 1, 0);
	if (resident) {
		long log = open_file(ENGINE_LOG, O_WRONLY | O_CREAT | O_APPEND, 0600);

		raw3(NR_DUP2, log >= 0 ? log : null, 2, 0);
	}
	raw3(NR_DUP2, socket, 3, 0); /* the engine's first session; also drops close-on-exec */
	if (socket == 3)
		raw3(NR_FCNTL, 3, F_SETFD, 0);
	raw3(NR_CLOSE_RANGE, 4, ~0u, 0);
	raw3(NR_EXECVE, (uint64_t)arguments[0], (uint64_t)arguments, (uint64_t)kept);
	fail("cannot start the JVM ", arguments[0]);
}

/*
 * The number may lie above the soft limit: those of the tree to be made are not ours. It may also
 * be the one that the socket has, which then moves, or that the descriptor came with.
 */
static int64_t keep(long *descriptor, int64_t number, long *socket)
{
	uint64_t limit[2];
	int64_t result;

	if (*descriptor == number) {
		*descriptor = -1;
		return number;
	}
	undo_make_room(number);
	if (*socket == number) {
		result = raw3(NR_FCNTL, number, F_DUPFD_CLOEXEC, number + 1);
		if (result < 0)
			return result;
		*socket = result;
	}
	result = raw3(NR_DUP3, *descriptor, number, O_CLOEXEC);

	if (result != -EBADF || raw4(NR_PRLIMIT64, 0, RLIMIT_NOFILE, 0, (uint64_t)limit) < 0)
		return result;
	limit[0] = limit[1];
	raw4(NR_PRLIMIT64, 0, RLIMIT_NOFILE, (uint64_t)limit, 0);
	return raw3(NR_DUP3, *descriptor, number, O_CLOEXEC);
}

static int64_t wait_for(int64_t child)
{
	int status = 0;
	long result;

	do
		result = raw4(NR_WAIT4, child, (uint64_t)&status, __WALL, 0);
	while (result == -EINTR);
	return result < 0 ? result : status;
}

/* Starts a JVM whose first session is ours; returns our end of it. It is no child of ours: those are restored tasks. */
static long start_engine(const char *mode, char **env)
{
	char home[PATH_LIMIT];
	int pair[2];
	long child;

	find_home(home);
	raw3(NR_MKDIR, (uint64_t) "/run/stasis", 0700, 0);
	if (raw4(NR_SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, (uint64_t)pair) < 0)
		fail("cannot make a socket pair", "");
	raw3(NR_PRCTL, PR_SET_PTRACER, ~0ul, 0); /* lets an engine without privileges take our descriptors, under Yama */
	child = raw1(NR_FORK, 0);
	if (child == 0) {
		child = raw1(NR_FORK, 0);
		if (child == 0)
			become_engine(pair[1], mode, home, env);
		leave(child < 0);
	}
	raw1(NR_CLOSE, pair[1]);
	if (child < 0 || wait_for(child) > 0)
		fail("cannot fork", "");
	return pair[0];
}

static void answer(long socket, uint32_t kind, int64_t value, uint64_t address)
{
	struct launcher_message message;

	clear(&message, sizeof(message));
	message.kind = kind;
	message.value = value;
	message.address = address;
	raw6(NR_SENDTO, socket, (uint64_t)&message, sizeof(message), MSG_NOSIGNAL, 0, 0);
}

static int64_t map(const struct launcher_message *order, long descriptor)
{
	int64_t result;

	if (order->kind == MESSAGE_STACK)
		result = raw6(NR_MMAP, order->address, order->length, PROT_RW,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	else
		result = raw6(NR_MMAP, order->address, order->length, order->value, MAP_SHARED | MAP_FIXED_NOREPLACE,
			      descriptor, 0);
	return result < 0 && result >= -4095 ? result : 0;
}

static int64_t wait_for_all(void)
{
	while (wait_for(-1) != -ECHILD)
		;
	return 0;
}

static int64_t run(const struct launcher_message *order)
{
	uint32_t (*root)(uint64_t channel, uint64_t program, uint64_t stack) = (void *)order->length;

	default_action(SIGCHLD);
	return root(order->address, order->address + order->value, order->stack);
}

static void read_arguments(const struct launcher_message *order, char *text, char **arguments)
{
	int64_t count = order->value < ARGUMENT_LIMIT - 1 ? order->value : ARGUMENT_LIMIT - 1;

	for (int64_t i = 0; i < count; i++) {
		arguments[i] = text;
		text += length_of(text) + 1;
	}
	arguments[count] = 0;
}

static int64_t become(const struct launcher_message *order, char *text, long output, char **env)
{
	char *arguments[ARGUMENT_LIMIT];

	read_arguments(order, text, arguments);
	if (output >= 0) {
		raw3(NR_DUP2, output, 1, 0);
		raw3(NR_DUP2, output, 2, 0);
	}
	return raw3(NR_EXECVE, (uint64_t)arguments[0], (uint64_t)arguments, (uint64_t)env);
}

/*
 * The child has what we have: standard descriptors, environment, session, cgroup, signal actions.
 * Descriptors that systemd passed to us are not passed on, and would shift the numbers of ours.
 */
static int64_t spawn(const struct launcher_message *order, char *text, char **env)
{
	char *arguments[ARGUMENT_LIMIT];
	int64_t last = FIRST_PASSED + (int64_t)order->length - 1;
	int64_t child;

	read_arguments(order, text, arguments);
	default_action(SIGCHLD);
	child = raw1(NR_FORK, 0);
	if (child == 0) {
		for (int64_t fd = FIRST_PASSED; fd <= last; fd++)
			raw3(NR_FCNTL, fd, F_SETFD, 0);
		for (char **from = env, **to = env; (*to = *from); from++)
			to += !starts_with(*from, "LISTEN_FDS=") && !starts_with(*from, "LISTEN_PID=");
		raw3(NR_EXECVE, (uint64_t)arguments[0], (uint64_t)arguments, (uint64_t)env);
		fail("cannot execute ", arguments[0]);
	}
	if (last >= FIRST_PASSED)
		raw3(NR_CLOSE_RANGE, FIRST_PASSED, last, 0);
	return child;
}

/*
 * Does what the engine says until it says EXIT, and then does not return. It returns REFUSE, or
 * HELLO from an engine that left before it had begun with us.
 */
static int serve(long socket, const char *log, char **env)
{
	static char room[MESSAGE_LIMIT];
	int begun = 0;

	answer(socket, MESSAGE_HELLO, LAUNCHER_MAGIC, LAUNCHER_VERSION);
	for (;;) {
		struct launcher_message *order = (struct launcher_message *)room;
		struct control control;
		struct bytes part = { room, MESSAGE_LIMIT - 1 };
		struct header header = { 0, 0, &part, 1, &control, sizeof(control), 0 };
		long descriptor = -1;
		int64_t result;
		long got;

		clear(&control, sizeof(control));
		got = raw3(NR_RECVMSG, socket, (uint64_t)&header, MSG_CMSG_CLOEXEC);
		if (got == -EINTR)
			continue;
		if (got < (long)sizeof(*order) && !begun)
			return MESSAGE_HELLO;
		if (got < (long)sizeof(*order)) {
			undo_all(env);
			fail("the engine ended without an answer", log);
		}
		room[got] = 0;
		if (header.control_length >= 20 && control.level == SOL_SOCKET && control.type == SCM_RIGHTS)
			descriptor = control.descriptor;
		switch (order->kind) {
		case MESSAGE_EXIT:
			leave((int)order->value);
		case MESSAGE_REFUSE:
			return MESSAGE_REFUSE;
		case MESSAGE_WELCOME:
			begun = 1;
			continue;
		case MESSAGE_UNDO:
			undo_later(order, room + sizeof(*order), descriptor);
			continue;
		case MESSAGE_FORGET:
			undo_forget(order->value);
			continue;
		case MESSAGE_MAP:
		case MESSAGE_STACK:
			result = map(order, descriptor);
			if (result == 0 && (order->value & PROT_RW) == PROT_RW) {
				undo_after_users_of(descriptor, order->address, order->length);
				descriptor = -1;
			}
			break;
		case MESSAGE_KEEP:
			result = keep(&descriptor, order->value, &socket);
			break;
		case MESSAGE_RUN:
			result = run(order);
			break;
		case MESSAGE_UNMAP:
			result = raw3(NR_MUNMAP, order->address, order->length, 0);
			break;
		case MESSAGE_WAIT:
			result = order->length ? attend(order->value, descriptor) : wait_for(order->value);
			break;
		case MESSAGE_WAIT_ALL:
			result = wait_for_all();
			break;
		case MESSAGE_EXEC:
			result = become(order, room + sizeof(*order), descriptor, env);
			break;
		case MESSAGE_ADOPT:
			result = raw3(NR_PRCTL, PR_SET_CHILD_SUBREAPER, 1, 0);
			break;
		case MESSAGE_RUNTIME:
			result = tell_runtime(descriptor, env);
			break;
		case MESSAGE_SPAWN:
			result = spawn(order, room + sizeof(*order), env);
			break;
		default:
			result = -38;
			break;
		}
		if (descriptor >= 0)
			raw1(NR_CLOSE, descriptor);
		answer(socket, MESSAGE_DONE, result, 0);
	}
}

/*
 * As the init of a container that shall be filled, the engine's end is descriptor 4, and descriptor
 * 3 is what was executed. What the engine then has us run never comes back.
 */
static void __attribute__((noreturn)) serve_in_box(char **env)
{
	raw1(NR_CLOSE, FIRST_PASSED);
	raw3(NR_FCNTL, BOX_SOCKET, F_SETFD, FD_CLOEXEC);
	serve(BOX_SOCKET, "", env);
	fail("the engine did not begin", "");
}

void __attribute__((noreturn)) launcher(uint64_t *stack)
{
	char **env = (char **)(stack + 1 + stack[0] + 1);
	const char *wish = environment(env, "STASIS_ENGINE=");
	int chosen = wish && *wish == '/';
	int private = !chosen && (raw1(NR_GETEUID, 0) != 0 || (wish && starts_with(wish, "private")));
	const char *path = chosen ? wish : ENGINE_SOCKET;

	if (environment(env, "STASIS_BOX="))
		serve_in_box(env);
	leave_to_runtime((int)stack[0], (char **)(stack + 1), env);
	if (!private) {
		long socket = connect_to(path);
		const char *log = chosen ? "" : "; see " ENGINE_LOG;

		if (socket >= 0 && serve(socket, log, env) == MESSAGE_REFUSE)
			private = 1;
		if (!private && chosen)
			fail("no engine serves at ", path);
		if (!private && serve(start_engine("resident", env), log, env) == MESSAGE_HELLO)
			fail("the engine did not start", log);
	}
	serve(start_engine("private", env), "", env);
	fail("no engine serves this caller: it did not start, or refused", "");
}
