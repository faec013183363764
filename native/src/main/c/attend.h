/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime in the foreground: the launcher waits for a container's init and stands between it and the caller. */
#ifndef STASIS_ATTEND_H
#define STASIS_ATTEND_H

#include <stdint.h>

/*
 * Waits for a child, as a runtime in the foreground does: whatever we are told by signals is for the
 * container's init, and others of our children that end are reaped. Where the container has a terminal,
 * its master comes along (or -1): what is typed here goes there, what is printed there goes here, and our own
 * terminal, if there is one, is raw meanwhile and gives its size. The wait status of the child, or -errno.
 */
int64_t attend(int64_t child, long master);

#endif
