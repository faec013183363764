package org.stasis.shim.criu;

import java.nio.charset.StandardCharsets;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/** {@code --inherit-fd debug[N]:TEXT}: text written to a descriptor of the caller at once. */
final class DebugText {
  private static final String START = "debug[";

  private DebugText() {}

  static boolean isOne(String text) {
    return text.startsWith(START);
  }

  static void writeAll(Settings settings, Caller caller) throws UsageException {
    for (String text : settings.list(CriuOption.INHERIT_FD)) {
      if (isOne(text)) {
        write(text, caller);
      }
    }
  }

  private static void write(String text, Caller caller) throws UsageException {
    int close = text.indexOf("]:");
    if (close < 0) {
      throw Settings.invalid(CriuOption.INHERIT_FD, text, null);
    }
    String digits = text.substring(START.length(), close);
    int number = Settings.number(CriuOption.INHERIT_FD, digits, 0, Integer.MAX_VALUE);
    try (Fd fd = caller.descriptor(number)) {
      fd.writeFully(text.substring(close + 2).getBytes(StandardCharsets.UTF_8));
    } catch (SyscallException e) {
      throw Settings.invalid(CriuOption.INHERIT_FD, text, e);
    }
  }
}
