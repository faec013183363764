package org.stasis.engine.tty;

import org.stasis.images.proto.TtyType;
import org.stasis.linux.Device;

/**
 * How images number terminals: twice an index, plus one for the master of a pseudo-terminal. The
 * index of a pseudo-terminal is its number in devpts; others have an index for each kind.
 */
final class TtyNumbers {
  private static final int CONSOLE = 1002;
  private static final int VT = 1004;
  private static final int CTTY = 1006;
  private static final int SERIAL = 1010;
  private static final int EXTERNAL = 1013;
  private static final int LAST_EXTERNAL = 1076;

  private static final int VIRTUAL_CONSOLES = 4;
  private static final int FIRST_SERIAL_MINOR = 64;
  private static final int ALIASES = 5;
  private static final int ALIAS_TTY = 0;
  private static final int ALIAS_CONSOLE = 1;
  private static final int ALIAS_PTMX = 2;

  /** Major number of the slaves that devpts makes. */
  static final int SLAVE_MAJOR = 136;

  private static final int SLAVE_MAJORS_END = 144;
  private static final int MINORS = 256;

  private TtyNumbers() {}

  static boolean isMaster(Device device) {
    return device.major() == ALIASES && device.minor() == ALIAS_PTMX;
  }

  static boolean isSlave(Device device) {
    return device.major() >= SLAVE_MAJOR && device.major() < SLAVE_MAJORS_END;
  }

  /** Number of a slave in its devpts. */
  static int slaveIndex(Device device) {
    return (device.major() - SLAVE_MAJOR) * MINORS + device.minor();
  }

  static TtyType type(Device device) {
    if (isMaster(device) || isSlave(device)) {
      return TtyType.PTY;
    }
    if (device.major() == ALIASES && device.minor() == ALIAS_TTY) {
      return TtyType.CTTY;
    }
    if (device.major() == ALIASES && device.minor() == ALIAS_CONSOLE) {
      return TtyType.CONSOLE;
    }
    boolean vt = device.major() == VIRTUAL_CONSOLES && device.minor() < FIRST_SERIAL_MINOR;
    return vt ? TtyType.VT : TtyType.SERIAL;
  }

  /** The index of terminals that are no pseudo-terminals. */
  static int index(TtyType type) {
    return switch (type) {
      case CONSOLE -> CONSOLE;
      case VT -> VT;
      case CTTY -> CTTY;
      case SERIAL -> SERIAL;
      case PTY, EXT_TTY, UNKNOWN -> throw new IllegalArgumentException(type + " has many");
    };
  }

  /**
   * The index of an external terminal.
   *
   * @param count how many there are already
   * @return the index, -1 when there are too many
   */
  static int external(int count) {
    return EXTERNAL + count <= LAST_EXTERNAL ? EXTERNAL + count : -1;
  }

  static int info(int index, boolean master) {
    return 2 * index + (master ? 1 : 0);
  }

  static boolean isMaster(int info) {
    return (info & 1) != 0;
  }

  static int masterOf(int slaveInfo) {
    return slaveInfo + 1;
  }

  static int index(int info) {
    return info >>> 1;
  }
}
