/**
 * The {@code stasis-runc} command: an OCI runtime that checkpoints and restores by itself and
 * leaves the rest to a real one. Here live the command lines, errors and exit statuses of runc and
 * crun. Elsewhere: which runtime is the real one, and its execution (the launcher); the work itself
 * (the engine).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.runc;
