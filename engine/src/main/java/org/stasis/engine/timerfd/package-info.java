/**
 * Timerfd descriptors, both directions: clock, time left, interval, expirations not read yet.
 * Timers of processes are in {@code timers}.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.timerfd;
