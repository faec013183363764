/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher and the engine say to each other, over a SOCK_SEQPACKET Unix socket. Mirrored by
 * org.stasis.engine.launcher.LauncherMessage; LauncherMessageTest compares the offsets. Native endian.
 * HELLO and REFUSE stay as they are in every version: engines and launchers of different ones meet.
 */
#ifndef STASIS_LAUNCHER_H
#define STASIS_LAUNCHER_H

#include <stdint.h>

#define LAUNCHER_MAGIC 0x4e554c53u /* "SLUN" */
#define LAUNCHER_VERSION 1u

enum launcher_message_kind {
	/* launcher to engine */
	MESSAGE_HELLO = 1,	/* value: LAUNCHER_MAGIC, address: LAUNCHER_VERSION */
	MESSAGE_DONE = 2,	/* value: what the last order resulted in, or -errno */
	/* engine to launcher; all but WELCOME, EXIT, REFUSE, UNDO and FORGET are answered with DONE, EXEC when it fails */
	MESSAGE_WELCOME = 15,	/* the session begins: from now on it cannot be begun anew elsewhere */
	MESSAGE_EXIT = 16,	/* exit with status `value` */
	MESSAGE_REFUSE = 17,	/* this engine cannot serve this caller: start a private one */
	MESSAGE_MAP = 18,	/* map the descriptor that comes along: `length` bytes at `address`, `value` = prot */
	MESSAGE_STACK = 19,	/* map private memory: `length` bytes at `address` */
	MESSAGE_RUN = 20,	/* run the program at offset `value` of the channel: see struct run_order */
	MESSAGE_UNMAP = 21,	/* unmap `length` bytes at `address` */
	MESSAGE_WAIT = 22,	/* wait for child `value`; answers its wait status; with a `length` that is not 0,
				   signals go to the child meanwhile, and other children are reaped; a descriptor that
				   comes along is the master of its terminal, which our own then stands for */
	MESSAGE_WAIT_ALL = 23,	/* wait until there is no child left */
	MESSAGE_KEEP = 25,	/* keep the descriptor that comes along as number `value` */
	MESSAGE_EXEC = 24,	/* become another program: NUL-terminated arguments follow, `value` of them; a descriptor
				   that comes along becomes its standard output and standard error */
	MESSAGE_SPAWN = 26,	/* start a program as a child: arguments follow as with EXEC; the `length` descriptors
				   from 3 on are passed to it and closed here; answers its pid */
	MESSAGE_ADOPT = 27,	/* be the parent of orphaned descendants: PR_SET_CHILD_SUBREAPER */
	MESSAGE_RUNTIME = 28,	/* write the real runtime's path to the descriptor that comes along; answers its
				   length, or -ENOENT after having written why there is none */
	MESSAGE_UNDO = 29,	/* should the engine end before EXIT, do `length` (enum undo_kind) to the names that
				   follow, `address` bytes, in the directory that comes along; not answered */
	MESSAGE_FORGET = 30,	/* do not do what UNDO had as `value`; 0: nothing at all; not answered */
};

/* Names end with a NUL each. */
enum undo_kind {
	UNDO_UNLINK = 1,	/* remove a name that is no directory */
	UNDO_RMDIR = 2,		/* remove an empty directory, waiting for a cgroup's last task */
	UNDO_RENAME = 3,	/* rename the first to the second, replacing what is there */
	UNDO_RUN = 4,		/* run a program to its end: its path, then its arguments; there is no directory */
};

struct launcher_message {
	uint32_t kind;
	uint32_t reserved;
	int64_t value;		/* UNDO, FORGET: a number, from 1 on, that the engine chooses */
	uint64_t address;	/* MAP, STACK, UNMAP; RUN: of the channel */
	uint64_t length;	/* MAP, STACK, UNMAP; RUN: address of the root entry of agent.bin */
	uint64_t stack;		/* RUN: top of the stack */
};
_Static_assert(sizeof(struct launcher_message) == 40, "the layout is shared with Java");

#endif
