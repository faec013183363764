/**
 * Interval timers and POSIX timers of a process, both directions: getitimer(2), timer_create(2),
 * {@code /proc/PID/timers}. Timer descriptors have a room of their own.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.timers;
