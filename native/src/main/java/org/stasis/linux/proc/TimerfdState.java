package org.stasis.linux.proc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;

/**
 * State of a timerfd.
 *
 * @param clockId {@code CLOCK_} value
 * @param ticks expirations not read yet
 * @param settimeFlags {@code TFD_TIMER_} bits of the last timerfd_settime(2)
 * @param valueSeconds until the next expiration
 * @param valueNanos and that many nanoseconds; both 0 when disarmed
 * @param intervalSeconds between expirations
 * @param intervalNanos and that many nanoseconds; both 0 for once only
 */
public record TimerfdState(
    int clockId,
    long ticks,
    int settimeFlags,
    long valueSeconds,
    long valueNanos,
    long intervalSeconds,
    long intervalNanos) {
  /**
   * Reads it.
   *
   * @param info what {@link ProcTask#fdInfo} returned
   * @return null when it is no timerfd
   */
  public static @Nullable TimerfdState of(FdInfo info) {
    if (info.value("clockid") == null) {
      return null;
    }
    ProcText value = text(info, "it_value").expect('(');
    long seconds = value.number();
    long nanos = value.expect(',').number();
    ProcText interval = text(info, "it_interval").expect('(');
    return new TimerfdState(
        text(info, "clockid").integer(),
        text(info, "ticks").number(),
        (int) text(info, "settime flags").octal(),
        seconds,
        nanos,
        interval.number(),
        interval.expect(',').number());
  }

  private static ProcText text(FdInfo info, String key) {
    String value = info.value(key);
    return ProcText.of("fdinfo " + key, (value == null ? "" : value).getBytes(ISO_8859_1));
  }
}
