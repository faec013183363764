/**
 * Eventfd descriptors, both directions. Capture reads counter and flags from {@code
 * /proc/PID/fdinfo/FD} (proc_pid_fdinfo(5)); rebuild plans {@code eventfd2(2)}.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.eventfd;
