package org.stasis.linux;

import java.nio.charset.StandardCharsets;

/** The processors of this machine, {@code Documentation/ABI/testing/sysfs-devices-system-cpu}. */
public final class Processors {
  private static final String POSSIBLE = "/sys/devices/system/cpu/possible";
  private static final int LONGEST = 4096;

  private Processors() {}

  /**
   * How many there may ever be, also of those that are not there yet.
   *
   * @return at least 1
   * @throws SyscallException when sysfs is not mounted
   */
  public static int possible() throws SyscallException {
    try (Fd file = Fd.open(POSSIBLE, Open.O_RDONLY | Open.O_CLOEXEC)) {
      byte[] text = new byte[LONGEST];
      int length = file.read(text, 0, text.length);
      return count(new String(text, 0, length, StandardCharsets.US_ASCII).strip());
    }
  }

  /**
   * How many a list names.
   *
   * @param list such as {@code "0-3,8"}
   * @return the number of processors
   */
  static int count(String list) {
    int count = 0;
    for (String range : list.split(",", -1)) {
      int dash = range.indexOf('-');
      count +=
          dash < 0
              ? 1
              : Integer.parseInt(range.substring(dash + 1))
                  - Integer.parseInt(range.substring(0, dash))
                  + 1;
    }
    return count;
  }
}
