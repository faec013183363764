package org.stasis.engine.regular;

import org.stasis.linux.Device;

/**
 * What is known about character devices by their numbers, which are those of Linux's {@code
 * devices.txt}.
 */
public final class CharacterDevices {
  private static final int MEMORY = 1; // null, zero, full, random, urandom, kmsg …
  private static final int VIRTUAL_CONSOLES = 4; // and serial lines
  private static final int TERMINAL_ALIASES = 5;
  private static final int MISCELLANEOUS = 10;
  private static final int UNIX98_SLAVES = 136;
  private static final int UNIX98_SLAVES_END = 144;
  private static final int ACM_MODEMS = 166;
  private static final int USB_SERIAL = 188;
  private static final int LOW_DENSITY_SERIAL = 204;
  private static final int HYPERVISOR_CONSOLES = 229;
  private static final int HARDWARE_RANDOM = 183;
  private static final int BTRFS_CONTROL = 234;
  private static final int DEVICE_MAPPER = 236;
  private static final int LOOP_CONTROL = 237;

  private CharacterDevices() {}

  /**
   * Whether a device keeps nothing about who has it open, so that opening it anew is all there is
   * to restoring it.
   *
   * @param device its number
   * @return true where that is known
   */
  public static boolean isStateless(Device device) {
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

  /**
   * Whether a device is a terminal.
   *
   * @param device its number
   * @return true for consoles, serial lines and pseudo-terminals, both ends
   */
  public static boolean isTerminal(Device device) {
    return switch (device.major()) {
      case VIRTUAL_CONSOLES,
          TERMINAL_ALIASES,
          ACM_MODEMS,
          USB_SERIAL,
          LOW_DENSITY_SERIAL,
          HYPERVISOR_CONSOLES ->
          true;
      default -> device.major() >= UNIX98_SLAVES && device.major() < UNIX98_SLAVES_END;
    };
  }
}
