/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher undoes for an engine that was killed. The engine names each thing before it is
 * made, and withdraws it once it shall stay, or is gone.
 */
#ifndef STASIS_UNDO_H
#define STASIS_UNDO_H

#include "launcher.h"

/* Takes over `directory`. */
void undo_later(const struct launcher_message *order, const char *names, long directory);
void undo_forget(int64_t number);

/*
 * Nothing is undone while another process has `file` mapped, which is mapped here, too: its users
 * are those who could make more of what is undone. Takes over `file`.
 */
void undo_after_users_of(long file, uint64_t address, uint64_t length);

/* Nothing of this has the descriptor `number` afterwards. */
void undo_make_room(int64_t number);

/* The newest first. What cannot be undone is told on standard error. Programs get `env`. */
void undo_all(char **env);

#endif
