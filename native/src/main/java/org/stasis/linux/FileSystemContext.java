package org.stasis.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.stasis.linux.foreign.Scratch;

/**
 * A file system about to be made or changed, fsopen(2): options are given one by one, and the
 * kernel says in words which it does not like.
 */
public final class FileSystemContext implements AutoCloseable {
  private static final int FSOPEN_CLOEXEC = 1;
  private static final int FSPICK_CLOEXEC = 1;
  private static final int FSMOUNT_CLOEXEC = 1;
  private static final int FSPICK_EMPTY_PATH = 8;
  private static final int FSCONFIG_SET_FLAG = 0;
  private static final int FSCONFIG_SET_STRING = 1;
  private static final int FSCONFIG_SET_BINARY = 2;
  private static final int FSCONFIG_SET_FD = 5;
  private static final int FSCONFIG_CMD_CREATE = 6;
  private static final int FSCONFIG_CMD_RECONFIGURE = 7;
  private static final int MESSAGE_BYTES = 4096;
  private static final int MESSAGES = 16;

  private final Fd fd;
  private final String type;

  private FileSystemContext(Fd fd, String type) {
    this.fd = fd;
    this.type = type;
  }

  /**
   * Begins a new file system.
   *
   * @param type such as {@code tmpfs}
   * @return its context
   * @throws SyscallException ENODEV when the kernel has no such type, EPERM
   */
  public static FileSystemContext open(String type) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long answer =
          Syscall.raw(SyscallNumber.FSOPEN, scratch.string(type).address(), FSOPEN_CLOEXEC);
      if (answer < 0) {
        throw Syscall.failure(answer, "fsopen " + type);
      }
      return new FileSystemContext(Fd.of((int) answer), type);
    }
  }

  /**
   * Begins to change the file system of a mount, as fspick(2).
   *
   * @param mount a descriptor of the mount's root
   * @return its context
   * @throws SyscallException EINVAL when it is no mount's root, EPERM
   */
  public static FileSystemContext pick(Fd mount) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long empty = scratch.string("").address();
      int flags = FSPICK_CLOEXEC | FSPICK_EMPTY_PATH;
      long answer = Syscall.raw(SyscallNumber.FSPICK, mount.number(), empty, flags);
      return new FileSystemContext(Fd.of((int) Syscall.check(answer, "fspick")), "mounted");
    }
  }

  /**
   * Sets an option that has no value.
   *
   * @param key the option, such as {@code ro}
   * @throws SyscallException EINVAL, with the kernel's words, when the type has no such option
   */
  public void setFlag(String key) throws SyscallException {
    configure(FSCONFIG_SET_FLAG, key, 0, 0);
  }

  /**
   * Sets an option that has a value; the source is the option {@code source}.
   *
   * @param key the option
   * @param value its value
   * @throws SyscallException EINVAL, with the kernel's words
   */
  public void setString(String key, String value) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      configure(FSCONFIG_SET_STRING, key, scratch.string(value).address(), 0);
    }
  }

  /**
   * Sets an option that takes bytes.
   *
   * @param key the option
   * @param value its value
   * @throws SyscallException EINVAL, with the kernel's words
   */
  public void setBytes(String key, byte[] value) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      configure(FSCONFIG_SET_BINARY, key, scratch.bytes(value).address(), value.length);
    }
  }

  /**
   * Sets an option that takes a descriptor.
   *
   * @param key the option
   * @param value the descriptor
   * @throws SyscallException EINVAL, with the kernel's words
   */
  public void setDescriptor(String key, Fd value) throws SyscallException {
    configure(FSCONFIG_SET_FD, key, 0, value.number());
  }

  /**
   * Makes the file system.
   *
   * @throws SyscallException with the kernel's words
   */
  public void create() throws SyscallException {
    configure(FSCONFIG_CMD_CREATE, "", 0, 0);
  }

  /**
   * Changes the picked file system.
   *
   * @throws SyscallException with the kernel's words
   */
  public void reconfigure() throws SyscallException {
    configure(FSCONFIG_CMD_RECONFIGURE, "", 0, 0);
  }

  /**
   * Mounts what was made, for the time being nowhere; {@link MountApi#move} gives it a place.
   *
   * @param attributes {@code MOUNT_ATTR_} bits of {@link MountApi}
   * @return its root directory, which takes the mount along when closed unless it was moved
   * @throws SyscallException with the kernel's words
   */
  public Fd mount(long attributes) throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.FSMOUNT, fd.number(), FSMOUNT_CLOEXEC, attributes);
    if (answer < 0) {
      throw refused("fsmount " + type, answer);
    }
    return Fd.of((int) answer);
  }

  @Override
  public void close() throws SyscallException {
    fd.close();
  }

  private void configure(int command, String key, long value, int extra) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long name = key.isEmpty() ? 0 : scratch.string(key).address();
      long answer =
          Syscall.raw(SyscallNumber.FSCONFIG, fd.number(), command, name, value, extra, 0);
      if (answer < 0) {
        throw refused("fsconfig " + type + (key.isEmpty() ? "" : " " + key), answer);
      }
    }
  }

  /** Adds what the kernel says about it: reading the context gives a message at a time. */
  private SyscallException refused(String call, long answer) {
    StringBuilder words = new StringBuilder(call);
    byte[] message = new byte[MESSAGE_BYTES];
    try {
      for (int i = 0; i < MESSAGES; i++) {
        int length = fd.read(message, 0, message.length);
        words.append(i == 0 ? " (" : "; ").append(new String(message, 0, length, UTF_8).trim());
      }
    } catch (SyscallException e) {
      if (words.length() > call.length()) { // ENODATA after the last one
        words.append(')');
      }
    }
    return Syscall.failure(answer, words.toString());
  }
}
