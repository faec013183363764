package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.foreign.Scratch;

/** Requests to terminals, ioctl_tty(2). */
public final class Terminal {
  public static final int TCGETS = 0x5401;
  public static final int TCSETS = 0x5402;
  public static final int TIOCEXCL = 0x540C;
  public static final int TIOCSCTTY = 0x540E;
  public static final int TIOCSPGRP = 0x5410;
  public static final int TIOCSTI = 0x5412;
  public static final int TIOCGWINSZ = 0x5413;
  public static final int TIOCSWINSZ = 0x5414;
  public static final int FIONREAD = 0x541B;
  public static final int TIOCPKT = 0x5420;
  public static final int TIOCGLCKTRMIOS = 0x5456;
  public static final int TIOCSLCKTRMIOS = 0x5457;

  /** Opens the slave of a master; the argument is open flags. */
  public static final long TIOCGPTPEER = IoctlNumber.none('T', 0x41);

  public static final long TIOCGPTN = IoctlNumber.read('T', 0x30, Integer.BYTES);
  public static final long TIOCSPTLCK = IoctlNumber.write('T', 0x31, Integer.BYTES);
  public static final long TIOCGPKT = IoctlNumber.read('T', 0x38, Integer.BYTES);
  public static final long TIOCGPTLCK = IoctlNumber.read('T', 0x39, Integer.BYTES);
  public static final long TIOCGEXCL = IoctlNumber.read('T', 0x40, Integer.BYTES);

  private Terminal() {}

  /**
   * Settings of a terminal; of its slave, when asked of a master.
   *
   * @param terminal any end
   * @return the settings, or null when it is hung up: then it answers nothing any more
   * @throws SyscallException ENOTTY when it is no terminal
   */
  public static @Nullable Termios settings(Fd terminal) throws SyscallException {
    return termios(terminal, TCGETS, "TCGETS");
  }

  /**
   * Which settings cannot be changed: set bits are locked.
   *
   * @param terminal any end
   * @return the locks, or null when it is hung up
   * @throws SyscallException ENOTTY when it is no terminal
   */
  public static @Nullable Termios lockedSettings(Fd terminal) throws SyscallException {
    return termios(terminal, TIOCGLCKTRMIOS, "TIOCGLCKTRMIOS");
  }

  private static @Nullable Termios termios(Fd terminal, int request, String name)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(Termios.LAYOUT);
      terminal.ioctl(request, memory, name);
      return Termios.read(memory);
    } catch (SyscallException e) {
      if (e.is(Errno.EIO)) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Changes the settings at once.
   *
   * @param terminal any end
   * @param settings all of them
   * @throws SyscallException EIO when it is hung up
   */
  public static void setSettings(Fd terminal, Termios settings) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      terminal.ioctl(TCSETS, scratch.bytes(settings.bytes()), "TCSETS");
    }
  }

  /**
   * Size of the window.
   *
   * @param terminal any end
   * @return the size
   * @throws SyscallException EIO when it is hung up
   */
  public static WindowSize windowSize(Fd terminal) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(WindowSize.BYTES);
      terminal.ioctl(TIOCGWINSZ, memory, "TIOCGWINSZ");
      return WindowSize.read(memory);
    }
  }

  /**
   * Number of a pseudo-terminal.
   *
   * @param master its master
   * @return the number in its devpts
   * @throws SyscallException ENOTTY when it is no master
   */
  public static int number(Fd master) throws SyscallException {
    return master.ioctlInt(TIOCGPTN, "TIOCGPTN");
  }

  /**
   * Asks for something that is on or off.
   *
   * @param terminal the end it belongs to
   * @param request {@link #TIOCGPTLCK}, {@link #TIOCGEXCL}, {@link #TIOCGPKT}
   * @param name the request's name, for the message
   * @return whether it is on
   * @throws SyscallException ENOTTY where it does not apply
   */
  public static boolean is(Fd terminal, long request, String name) throws SyscallException {
    return terminal.ioctlInt(request, name) != 0;
  }

  /**
   * Switches packet mode: whether each read from a master begins with a byte of status.
   *
   * @param master of a pseudo-terminal
   * @param on whether it does
   * @throws SyscallException ENOTTY when it is no master
   */
  public static void setPacketMode(Fd master, boolean on) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment value = scratch.allocate(Integer.BYTES);
      value.set(JAVA_INT, 0, on ? 1 : 0);
      master.ioctl(TIOCPKT, value, "TIOCPKT");
    }
  }

  /**
   * Puts a byte into the input of a terminal, as if typed.
   *
   * @param terminal whose readers get it
   * @param typed the byte
   * @throws SyscallException EPERM or EIO without CAP_SYS_ADMIN
   */
  public static void type(Fd terminal, byte typed) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      terminal.ioctl(TIOCSTI, scratch.bytes(new byte[] {typed}), "TIOCSTI");
    }
  }

  /**
   * How much can be read at once.
   *
   * @param terminal any end
   * @return bytes; of a terminal that waits for whole lines only those of such
   * @throws SyscallException EIO when it is hung up
   */
  public static int readable(Fd terminal) throws SyscallException {
    return terminal.ioctlInt(FIONREAD, "FIONREAD");
  }
}
