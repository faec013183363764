/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of OCI runtimes, as far as it needs no engine: which runtime is the real one, and all
 * that is left to it.
 */
#ifndef STASIS_RUNTIME_H
#define STASIS_RUNTIME_H

#include <stdint.h>

/*
 * Called by a runtime's name: becomes the real runtime, unless the command is one that the engine
 * does; then, and when called by another name, it returns.
 */
void leave_to_runtime(int count, char **arguments, char **env);

/*
 * Writes the path of the real runtime to a descriptor, or why there is none; the number of bytes, or
 * -ENOENT.
 */
int64_t tell_runtime(long descriptor, char **env);

#endif
