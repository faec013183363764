/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent: runs programs that Java made. It knows system calls and nothing else: no file, no
 * socket, no image. Freestanding: no libc, no globals, no relocations, no heap, no recursion; its
 * deepest call chain uses well under one KiB of stack.
 */
#include "agent.h"
#include "raw.h"

#define NR_PREAD64 17
#define NR_FUTEX 202
#define NR_EXIT_GROUP 231
#define NR_FUTEX_WAITV 449

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX2_SIZE_U32 2
#define EVERYBODY 0x7fffffff

#define EINTR 4
#define EIO 5
#define EINVAL 22
#define ENOSYS 38

#define READ_LIMIT 0x7ffff000ul /* MAX_RW_COUNT */

/* struct futex_waitv of linux/futex.h */
struct waiter {
	uint64_t value;
	uint64_t address;
	uint32_t flags;
	uint32_t reserved;
};

struct timeout {
	int64_t seconds;
	int64_t nanoseconds;
};

static void *at(struct channel *channel, uint64_t offset)
{
	return (char *)channel + offset;
}

static int is_error(int64_t result)
{
	return result < 0 && result >= -4095;
}

static int engine_gone(struct channel *channel)
{
	return (__atomic_load_n(&channel->live, __ATOMIC_ACQUIRE) & FUTEX_OWNER_DIED) != 0;
}

static void wake(uint32_t *word)
{
	raw3(NR_FUTEX, (uint64_t)word, FUTEX_WAKE, EVERYBODY);
}

static void ring(struct channel *channel)
{
	__atomic_add_fetch(&channel->events, 1, __ATOMIC_RELEASE);
	wake(&channel->events);
}

/* Sleeps until the word is no longer `value` or the engine is gone; may return early. */
static void sleep_on(struct channel *channel, uint32_t *word, uint32_t value)
{
	uint32_t live = __atomic_load_n(&channel->live, __ATOMIC_ACQUIRE);
	struct waiter waiters[2] = {
		{ value, (uint64_t)word, FUTEX2_SIZE_U32, 0 },
		{ live, (uint64_t)&channel->live, FUTEX2_SIZE_U32, 0 },
	};
	struct timeout poll = { 0, 20 * 1000 * 1000 };

	if (live & FUTEX_OWNER_DIED)
		return;
	if (raw6(NR_FUTEX_WAITV, (uint64_t)waiters, 2, 0, 0, 0, 0) == -ENOSYS) /* before Linux 5.16 */
		raw4(NR_FUTEX, (uint64_t)word, FUTEX_WAIT, value, (uint64_t)&poll);
}

/* The kernel wakes one waiter of a robust futex; the others are woken from here. */
static void pass_on_the_news(struct channel *channel)
{
	wake(&channel->live);
}

/*
 * The futex tells that the engine's thread is ending, which is a little before that thread lets go
 * of those it traces. Until then the task's seccomp filters stay suspended, and it must not run its
 * own code. Nothing tells a task that it is traced no more, so it waits for long enough.
 */
static void linger(struct channel *channel, int64_t nanoseconds)
{
	struct timeout wait = { 0, nanoseconds };

	while (raw4(NR_FUTEX, (uint64_t)&channel->never, FUTEX_WAIT, 0, (uint64_t)&wait) == -EINTR)
		;
}

static void __attribute__((noreturn)) leave(struct channel *channel, struct program *program)
{
	pass_on_the_news(channel);
	if (program->linger)
		linger(channel, program->linger);
	if (program->comeback)
		raw_jump(program->comeback);
	for (;;)
		raw1(NR_EXIT_GROUP, 1);
}

static void __attribute__((noreturn)) park(struct channel *channel, struct program *program)
{
	while (!engine_gone(channel))
		sleep_on(channel, &channel->never, 0);
	leave(channel, program);
}

static void finish(struct channel *channel, struct program *program, uint32_t state)
{
	__atomic_store_n(&program->state, state, __ATOMIC_RELEASE);
	ring(channel);
}

static int64_t await(struct channel *channel, struct program *program, uint32_t *word, uint32_t value)
{
	for (;;) {
		uint32_t now = __atomic_load_n(word, __ATOMIC_ACQUIRE);

		if ((int32_t)(now - value) >= 0)
			return now;
		if (engine_gone(channel))
			leave(channel, program);
		sleep_on(channel, word, now);
	}
}

static int64_t read_all(uint64_t fd, uint64_t address, uint64_t length, uint64_t offset)
{
	uint64_t done = 0;

	while (done < length) {
		uint64_t piece = length - done < READ_LIMIT ? length - done : READ_LIMIT;
		long got = raw4(NR_PREAD64, fd, address + done, piece, offset + done);

		if (got == -EINTR)
			continue;
		if (got < 0)
			return got;
		if (got == 0)
			return -EIO;
		done += got;
	}
	return (int64_t)done;
}

static void copy(char *to, const char *from, uint64_t length)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
}

static uint64_t value(struct channel *channel, const int64_t *results, const struct operation *op, int index)
{
	uint64_t argument = op->argument[index];

	switch ((op->kinds >> (4 * index)) & 15) {
	case FROM_IMMEDIATE:
		return argument;
	case FROM_CHANNEL:
		return (uint64_t)at(channel, argument);
	case FROM_RESULT:
		return (uint64_t)results[argument];
	case FROM_WORD:
		return (uint64_t)(int64_t)*(int32_t *)at(channel, argument);
	case FROM_LONG:
		return *(uint64_t *)at(channel, argument);
	default:
		return ~0ul;
	}
}

static int as_expected(const struct operation *op, int64_t result)
{
	switch (op->expect) {
	case EXPECT_ANY:
		return 1;
	case EXPECT_SUCCESS:
		return !is_error(result);
	case EXPECT_EQUAL:
		return result == op->expected;
	case EXPECT_SUCCESS_OR:
		return !is_error(result) || result == op->expected;
	default:
		return 0;
	}
}

static void spawned(void *channel, void *program);

/* Once the engine is gone it leaves, unless what called it has more to do then. */
static uint32_t run(struct channel *channel, struct program *program, int returns)
{
	const struct operation *ops = at(channel, program->operations);
	int64_t *results = at(channel, program->results);
	uint32_t index = 0;

	program->state = PROGRAM_RUNNING;
	for (;;) {
		const struct operation *op = &ops[index];
		uint64_t a[6];
		int64_t result = 0;

		/* Before the tracer's end is felt in any other way: seccomp filters may hold again from now on. */
		if (engine_gone(channel)) {
			if (returns)
				return PROGRAM_FAILED;
			leave(channel, program);
		}
		program->at = index;
		for (int i = 0; i < 6; i++)
			a[i] = value(channel, results, op, i);
		switch (op->verb) {
		case OP_END:
			finish(channel, program, PROGRAM_DONE);
			return PROGRAM_DONE;
		case OP_SYSCALL:
			result = raw6(op->number, a[0], a[1], a[2], a[3], a[4], a[5]);
			break;
		case OP_COPY:
			copy((char *)a[0], (const char *)a[1], a[2]);
			break;
		case OP_STORE32:
			*(uint32_t *)a[0] = (uint32_t)a[1];
			break;
		case OP_STORE64:
			*(uint64_t *)a[0] = a[1];
			break;
		case OP_SPAWN:
			result = raw_clone3(a[0], a[1], spawned, channel, at(channel, a[2]));
			break;
		case OP_ARRIVE:
			result = __atomic_add_fetch((uint32_t *)at(channel, a[0]), 1, __ATOMIC_ACQ_REL);
			ring(channel);
			break;
		case OP_AWAIT:
			result = await(channel, program, at(channel, a[0]), (uint32_t)a[1]);
			break;
		case OP_READ:
			result = read_all(a[0], a[1], a[2], a[3]);
			break;
		case OP_PARK:
			finish(channel, program, PROGRAM_DONE);
			park(channel, program);
		case OP_SKIP:
			if (a[0] == 0)
				index += (uint32_t)a[1];
			break;
		case OP_FAIL:
			result = (int64_t)a[0];
			break;
		default:
			result = -ENOSYS;
			break;
		}
		results[index] = result;
		if (op->verb == OP_FAIL || op->verb > OP_FAIL || !as_expected(op, result)) {
			program->result = result;
			finish(channel, program, PROGRAM_FAILED);
			return PROGRAM_FAILED;
		}
		index++;
	}
}

/* A child of OP_SPAWN, process or thread: it never returns to what its parent was doing. */
static void spawned(void *channel, void *program)
{
	run(channel, program, 0);
	park(channel, program);
}

void __attribute__((noreturn)) agent_parasite(struct channel *channel, struct program *program)
{
	run(channel, program, 0);
	park(channel, program);
}

/* The launcher, which undoes what was changed outside of the tree; its program never waits. */
uint32_t agent_root(struct channel *channel, struct program *program)
{
	return run(channel, program, 1);
}
