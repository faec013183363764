/* SPDX-License-Identifier: Apache-2.0 */
#include "undo.h"
#include "plain.h"

#define NR_CLOSE 3
#define NR_MMAP 9
#define NR_MUNMAP 11
#define NR_NANOSLEEP 35
#define NR_FORK 57
#define NR_WAIT4 61
#define NR_FCNTL 72
#define NR_UNLINKAT 263
#define NR_RENAMEAT 264

#define AT_REMOVEDIR 0x200
#define F_DUPFD_CLOEXEC 1030
#define F_ADD_SEALS 1033
#define F_SEAL_WRITE 8
#define PROT_RW 3
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0x20
#define WALL 0x40000000
#define ARGUMENT_LIMIT 128
#define ENOENT 2
#define EIO 5
#define EBADF 9
#define EBUSY 16
#define EEXIST 17
#define ENOTDIR 20
#define EINVAL 22
#define ENOTEMPTY 39
#define PATIENCE 10000 /* milliseconds, for all of it */

struct step {
	struct step *older;
	int64_t number;
	uint64_t kind;
	uint64_t bytes; /* of the whole step */
	long directory;
	char names[];
};

struct time {
	int64_t seconds;
	int64_t nanoseconds;
};

static struct step *newest;

static struct {
	long file;
	uint64_t address;
	uint64_t length;
} shared = { -1, 0, 0 };

static void close(long descriptor)
{
	if (descriptor >= 0)
		raw1(NR_CLOSE, descriptor);
}

void undo_later(const struct launcher_message *order, const char *names, long directory)
{
	uint64_t bytes = sizeof(struct step) + order->address + 1;
	struct step *step = (void *)raw6(NR_MMAP, 0, bytes, PROT_RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if ((long)step < 0 && (long)step > -4096) {
		say("stasis: no memory to remember what is to be undone\n");
		close(directory);
		return;
	}
	step->older = newest;
	step->number = order->value;
	step->kind = order->length;
	step->bytes = bytes;
	step->directory = directory;
	copy(step->names, names, order->address);
	newest = step;
}

static void forget(struct step **link)
{
	struct step *step = *link;

	*link = step->older;
	close(step->directory);
	raw3(NR_MUNMAP, (uint64_t)step, step->bytes, 0);
}

void undo_forget(int64_t number)
{
	struct step **link = &newest;

	while (*link)
		if (number == 0 || (*link)->number == number)
			forget(link);
		else
			link = &(*link)->older;
}

void undo_after_users_of(long file, uint64_t address, uint64_t length)
{
	close(shared.file);
	shared.file = file;
	shared.address = address;
	shared.length = length;
}

static void move_from(int64_t number, long *descriptor)
{
	if (*descriptor == number) {
		*descriptor = raw3(NR_FCNTL, number, F_DUPFD_CLOEXEC, number + 1);
		close(number);
	}
}

void undo_make_room(int64_t number)
{
	move_from(number, &shared.file);
	for (struct step *step = newest; step; step = step->older)
		move_from(number, &step->directory);
}

static int wait_a_little(int *left)
{
	struct time millisecond = { 0, 1000000 };

	if (*left <= 0)
		return 0;
	(*left)--;
	raw3(NR_NANOSLEEP, (uint64_t)&millisecond, 0, 0);
	return 1;
}

/*
 * Agents leave when the engine is gone, each when it has done the call that it is in. Some may be
 * nobody's child that we know of, but all have the channel mapped, and as long as anybody has, it
 * cannot be sealed.
 */
static void await_agents(int *left)
{
	raw3(NR_MUNMAP, shared.address, shared.length, 0);
	while (raw3(NR_FCNTL, shared.file, F_ADD_SEALS, F_SEAL_WRITE) == -EBUSY)
		if (!wait_a_little(left)) {
			say("stasis: tasks of the failed restore have not ended\n");
			return;
		}
}

static long run(const struct step *step, char **env)
{
	char *arguments[ARGUMENT_LIMIT];
	const char *end = (const char *)step + step->bytes - 1;
	const char *name = step->names;
	int count = 0, status = 0;
	long child;

	while (name < end && count < ARGUMENT_LIMIT - 1) {
		arguments[count++] = (char *)name;
		name += length_of(name) + 1;
	}
	arguments[count] = 0;
	child = raw1(NR_FORK, 0);
	if (child == 0) {
		raw3(NR_EXECVE, (uint64_t)arguments[0], (uint64_t)arguments, (uint64_t)env);
		leave(127);
	}
	if (child > 0)
		raw4(NR_WAIT4, child, (uint64_t)&status, WALL, 0);
	return child < 0 ? child : status != 0 ? -EIO : 0;
}

static long perform(const struct step *step, char **env)
{
	uint64_t name = (uint64_t)step->names;
	uint64_t target = name + length_of(step->names) + 1;

	switch (step->kind) {
	case UNDO_UNLINK:
		return raw3(NR_UNLINKAT, step->directory, name, 0);
	case UNDO_RMDIR:
		return raw3(NR_UNLINKAT, step->directory, name, AT_REMOVEDIR);
	case UNDO_RENAME:
		return raw4(NR_RENAMEAT, step->directory, name, step->directory, target);
	case UNDO_RUN:
		return run(step, env);
	default:
		return -EINVAL;
	}
}

static void say_number(long number)
{
	char digits[24];
	int at = sizeof(digits) - 1;

	digits[at] = 0;
	do
		digits[--at] = '0' + number % 10;
	while ((number /= 10) != 0 && at > 0);
	say(digits + at);
}

void undo_all(char **env)
{
	int left = PATIENCE;

	if (!newest)
		return;
	say("stasis: the engine has ended; what it had changed outside of the tree is undone\n");
	await_agents(&left);
	while (newest) {
		long result;

		do
			result = newest->directory < 0 && newest->kind != UNDO_RUN ? -EBADF : perform(newest, env);
		while (result == -EBUSY && wait_a_little(&left)); /* tasks that are still on their way out of a cgroup */
		/* not made yet, or somebody else uses the directory or the name by now */
		if (result < 0 && result != -ENOENT && result != -ENOTDIR && result != -ENOTEMPTY && result != -EEXIST) {
			say("stasis: cannot undo ");
			say(newest->names);
			say(": error ");
			say_number(-result);
			say("\n");
		}
		forget(&newest);
	}
}
