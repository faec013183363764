/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the agent shares with Java: the channel, programs, operations, and the head of agent.bin.
 * Mirrored by org.stasis.linux.agent (Channel, Operation, AgentBlob); AgentLayoutTest compares the
 * offsets. All integers are native endian, all offsets count bytes from the start of the channel.
 */
#ifndef STASIS_AGENT_H
#define STASIS_AGENT_H

#include <stdint.h>

#define AGENT_MAGIC 0x54415453u /* "STAT" */
#define AGENT_VERSION 1u

enum verb {
	OP_END = 0,	/* the program is done */
	OP_SYSCALL = 1,	/* system call `number` with argument[0..5] */
	OP_COPY = 2,	/* copies argument[2] bytes from argument[1] to argument[0] */
	OP_STORE32 = 3,	/* writes the low half of argument[1] to argument[0] */
	OP_STORE64 = 4,	/* writes argument[1] to argument[0] */
	OP_SPAWN = 5,	/* clone3(argument[0], argument[1]); the child runs the program at argument[2] */
	OP_ARRIVE = 6,	/* adds one to the word at offset argument[0] and rings the engine */
	OP_AWAIT = 7,	/* waits until the word at offset argument[0] has reached argument[1] */
	OP_READ = 8,	/* preads argument[2] bytes at file offset argument[3] of fd argument[0] to argument[1] */
	OP_PARK = 9,	/* marks the program done and waits to be taken over by ptrace */
	OP_SKIP = 10,	/* skips argument[1] operations when argument[0] is zero */
	OP_FAIL = 11,	/* ends the program as failed with result argument[0] */
};

/* Where the value of an argument comes from: four bits each in operation.kinds. */
enum source {
	FROM_IMMEDIATE = 0,	/* the argument itself */
	FROM_CHANNEL = 1,	/* address of channel + argument */
	FROM_RESULT = 2,	/* result of operation number `argument` of this program */
	FROM_WORD = 3,		/* 32-bit word at channel + argument, sign extended */
	FROM_LONG = 4,		/* 64-bit word at channel + argument */
};

enum expectation {
	EXPECT_ANY = 0,		/* whatever the result, go on */
	EXPECT_SUCCESS = 1,	/* no error number */
	EXPECT_EQUAL = 2,	/* exactly operation.expected */
	EXPECT_SUCCESS_OR = 3,	/* no error number, or exactly operation.expected */
};

enum program_state {
	PROGRAM_IDLE = 0,
	PROGRAM_RUNNING = 1,
	PROGRAM_DONE = 2,
	PROGRAM_FAILED = 3,
};

struct operation {
	uint16_t verb;
	uint16_t expect;
	uint32_t number;	/* system call number, when verb is OP_SYSCALL */
	uint32_t kinds;		/* six times four bits: enum source of each argument */
	uint32_t reserved;
	uint64_t argument[6];
	int64_t expected;
};
_Static_assert(sizeof(struct operation) == 72, "the layout is shared with Java");

struct program {
	uint32_t state;		/* enum program_state */
	uint32_t at;		/* operation being executed; on failure the one that failed */
	int64_t result;		/* of the failed operation */
	uint64_t operations;	/* offset of struct operation[] */
	uint64_t results;	/* offset of int64_t[], one per operation */
	uint64_t comeback;	/* address a captured task goes to when the engine is gone; 0: it exits */
	int64_t linger;		/* nanoseconds, below a second, that it waits before it goes there */
};
_Static_assert(sizeof(struct program) == 48, "the layout is shared with Java");

struct channel {
	uint64_t robust_next;	/* struct robust_list of the engine's session thread */
	uint32_t live;		/* robust futex: FUTEX_OWNER_DIED once that thread is gone */
	uint32_t events;	/* counts what the engine should look at; the engine waits on it */
	uint32_t stage;		/* what the engine has released; agents wait on it */
	uint32_t never;		/* never changes: parked agents wait on it */
};
_Static_assert(sizeof(struct channel) == 24, "the layout is shared with Java");

/* First bytes of agent.bin: offsets from its start. */
struct agent_head {
	uint32_t magic;
	uint32_t version;
	uint32_t parasite;	/* entry in a captured task: (channel, program) */
	uint32_t root;		/* entry in the root agent: (channel, program, stack top), returns the state */
	uint32_t stub;		/* one remote system call, then back to the task's own registers */
	uint32_t stub_return;	/* the second half of it alone */
	uint32_t stub_context;	/* struct stub_context, within the stub */
	uint32_t stub_end;
	uint32_t call;		/* a lone syscall instruction */
	uint32_t cpuid;		/* (leaf, subleaf, uint32_t[4]): for the engine itself */
	uint32_t box;		/* entry in the init of a box: (channel, program, stack top), never returns */
};

/* What a task needs to be itself again; only read by the stub that precedes it. */
struct stub_context {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t rip, rflags, rsp;
	uint64_t sigmask;
};

#endif
