package org.stasis.engine.regular;

import org.stasis.linux.Device;

/**
 * Character devices that keep nothing about who has them open, so that opening them anew is all
 * there is to restoring them. Numbers are those of Linux's {@code devices.txt}.
 */
final class StatelessDevices {
  private static final int MEMORY = 1; // null, zero, full, random, urandom, kmsg …
  private static final int TERMINAL = 4;
  private static final int TERMINAL_ALIASES = 5;
  private static final int MISCELLANEOUS = 10;
  private static final int UNIX98_SLAVES = 136;
  private static final int UNIX98_SLAVES_END = 144;
  private static final int HARDWARE_RANDOM = 183;
  private static final int BTRFS_CONTROL = 234;
  private static final int DEVICE_MAPPER = 236;
  private static final int LOOP_CONTROL = 237;

  private StatelessDevices() {}

  static boolean contains(Device device) {
    return switch (device.major()) {
      case MEMORY -> true;
      case MISCELLANEOUS ->
          device.minor() == HARDWARE_RANDOM
              || device.minor() == BTRFS_CONTROL
              || device.minor() == DEVICE_MAPPER
              || device.minor() == LOOP_CONTROL;
      default -> false;
    };
  }

  /** Terminals have a room of their own, which asks for their name only. */
  static boolean isTerminal(Device device) {
    int major = device.major();
    return major == TERMINAL
        || major == TERMINAL_ALIASES
        || (major >= UNIX98_SLAVES && major < UNIX98_SLAVES_END);
  }
}
