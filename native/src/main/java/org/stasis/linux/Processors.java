package org.stasis.linux;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/** The processors of this machine, {@code Documentation/ABI/testing/sysfs-devices-system-cpu}. */
public final class Processors {
  private static final String POSSIBLE = "/sys/devices/system/cpu/possible";
  private static final String ONLINE = "/sys/devices/system/cpu/online";
  private static final int LONGEST = 4096;

  private Processors() {}

  /**
   * How many there may ever be, also of those that are not there yet.
   *
   * @return at least 1
   * @throws SyscallException when sysfs is not mounted
   */
  public static int possible() throws SyscallException {
    return parse(read(POSSIBLE)).cardinality();
  }

  /**
   * Those that work now.
   *
   * @return a bit per processor, at least one
   * @throws SyscallException when sysfs is not mounted
   */
  public static BitSet online() throws SyscallException {
    return parse(read(ONLINE));
  }

  private static String read(String path) throws SyscallException {
    try (Fd file = Fd.open(path, Open.O_RDONLY | Open.O_CLOEXEC)) {
      byte[] text = new byte[LONGEST];
      int length = file.read(text, 0, text.length);
      return new String(text, 0, length, StandardCharsets.US_ASCII);
    }
  }

  /**
   * Reads a list of processors, {@code Documentation/core-api/printk-formats.rst}, "%*pbl".
   *
   * @param list such as {@code "0-3,8"}; may be empty
   * @return a bit per processor
   */
  public static BitSet parse(String list) {
    BitSet processors = new BitSet();
    for (String range : list.strip().split(",", -1)) {
      if (!range.isEmpty()) {
        int dash = range.indexOf('-');
        int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
        int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
        processors.set(first, last + 1);
      }
    }
    return processors;
  }
}
