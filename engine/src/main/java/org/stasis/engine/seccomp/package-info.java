/**
 * Seccomp modes and filters, both directions: PTRACE_SECCOMP_GET_FILTER of ptrace(2), seccomp(2).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.seccomp;
