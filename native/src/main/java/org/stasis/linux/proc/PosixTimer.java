package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;

/**
 * A timer of timer_create(2), an entry of {@code /proc/PID/timers}.
 *
 * @param id its number in the process
 * @param signal that it sends
 * @param value that goes with the signal, {@code sigev_value}
 * @param notification {@code signal}, {@code none} or {@code thread}
 * @param thread whether one thread is told, not the process
 * @param pid who is told, in the pid namespace of this {@code /proc}
 * @param clockId {@code CLOCK_} value
 */
public record PosixTimer(
    int id, int signal, long value, String notification, boolean thread, int pid, int clockId) {
  static List<PosixTimer> parseAll(ProcText text) {
    List<PosixTimer> timers = new ArrayList<>(0);
    while (!text.atEnd()) {
      int id = text.expect("ID:").integer();
      text.nextLine();
      int signal = text.expect("signal:").integer();
      long value = text.expect('/').hex();
      text.nextLine();
      String notification = text.expect("notify:").spaces().until('/');
      boolean thread = text.until('.').equals("tid");
      int pid = text.integer();
      text.nextLine();
      int clock = text.expect("ClockID:").integer();
      text.nextLine();
      timers.add(new PosixTimer(id, signal, value, notification, thread, pid, clock));
    }
    return timers;
  }
}
