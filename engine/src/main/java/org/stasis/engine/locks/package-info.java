/**
 * Locks on files, both directions: flock(2), record locks of processes and of open files, leases
 * (fcntl(2)). Capture reads the {@code lock:} lines of {@code /proc/PID/fdinfo/FD}; who waits for a
 * lock waits in a system call, which goes on by itself.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.locks;
