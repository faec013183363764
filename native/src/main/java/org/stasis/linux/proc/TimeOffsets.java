package org.stasis.linux.proc;

/**
 * How the clocks of a time namespace differ, {@code /proc/PID/timens_offsets}: of the namespace
 * that the task's children will be in.
 *
 * @param monotonicSeconds added to CLOCK_MONOTONIC
 * @param monotonicNanos 0 to 999,999,999
 * @param boottimeSeconds added to CLOCK_BOOTTIME
 * @param boottimeNanos 0 to 999,999,999
 */
public record TimeOffsets(
    long monotonicSeconds, int monotonicNanos, long boottimeSeconds, int boottimeNanos) {
  static TimeOffsets parse(ProcText text) {
    long monotonic = text.expect("monotonic").number();
    int monotonicNanos = text.integer();
    text.nextLine();
    long boottime = text.expect("boottime").number();
    return new TimeOffsets(monotonic, monotonicNanos, boottime, text.integer());
  }
}
