package org.stasis.engine.launcher;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.stasis.linux.Errno;
import org.stasis.linux.KernelString;
import org.stasis.linux.SyscallException;

/**
 * One message between launcher and engine: {@code struct launcher_message} of {@code launcher.h},
 * against which a test holds these offsets. Integers are of the machine's byte order.
 *
 * <pre>
 * offset bytes
 *      0     4  kind
 *      4     4  reserved, 0
 *      8     8  value
 *     16     8  address
 *     24     8  length
 *     32     8  stack
 *     40     …  EXEC, SPAWN: the arguments, UNDO: the names, each ended by a zero byte
 * </pre>
 *
 * @param kind one of the constants here
 * @param value its meaning depends on the kind
 * @param address a virtual address in the launcher; of UNDO, how many bytes the names have
 * @param length in bytes; of RUN, the address of agent.bin's entry; of SPAWN, how many descriptors
 *     from 3 on are passed; of UNDO, its kind
 * @param stack the address just after the stack
 */
record LauncherMessage(int kind, long value, long address, long length, long stack) {
  static final int MAGIC = 0x4e554c53;
  static final int VERSION = 1;

  static final int HELLO = 1;
  static final int DONE = 2;
  static final int WELCOME = 15;
  static final int EXIT = 16;
  static final int REFUSE = 17;
  static final int MAP = 18;
  static final int STACK = 19;
  static final int RUN = 20;
  static final int UNMAP = 21;
  static final int WAIT = 22;
  static final int WAIT_ALL = 23;
  static final int EXEC = 24;
  static final int KEEP = 25;
  static final int SPAWN = 26;
  static final int ADOPT = 27;
  static final int RUNTIME = 28;
  static final int UNDO = 29;
  static final int FORGET = 30;

  static final int KIND_AT = 0;
  static final int VALUE_AT = 8;
  static final int ADDRESS_AT = 16;
  static final int LENGTH_AT = 24;
  static final int STACK_AT = 32;
  static final int BYTES = 40;

  /** The longest message the launcher takes, launcher.c; one byte is its terminator. */
  static final int MAX_BYTES = 65536 - 1;

  /** The most arguments the launcher takes, launcher.c; one place is its terminator. */
  static final int MAX_ARGUMENTS = 128 - 1;

  static LauncherMessage of(int kind, long value) {
    return new LauncherMessage(kind, value, 0, 0, 0);
  }

  /**
   * The message as it is sent.
   *
   * @param arguments what follows it, for EXEC, SPAWN and UNDO; else empty
   * @return all of its bytes
   * @throws IllegalArgumentException when it is longer than the launcher takes
   */
  byte[] encode(List<String> arguments) {
    byte[][] texts = new byte[arguments.size()][];
    int length = BYTES;
    for (int i = 0; i < texts.length; i++) {
      texts[i] = KernelString.encode(arguments.get(i));
      length += texts[i].length + 1;
    }
    if (length > MAX_BYTES) {
      throw new IllegalArgumentException("arguments of " + length + " bytes are too long");
    }
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    buffer.putInt(kind).putInt(0).putLong(value).putLong(address).putLong(length()).putLong(stack);
    for (byte[] text : texts) {
      buffer.put(text).put((byte) 0);
    }
    return buffer.array();
  }

  /**
   * Reads what a launcher sent.
   *
   * @param bytes all of one message
   * @return the message
   * @throws SyscallException EPROTO when it has another length than a launcher's messages
   */
  static LauncherMessage decode(byte[] bytes) throws SyscallException {
    if (bytes.length != BYTES) {
      throw new SyscallException(
          "a message of the launcher has " + bytes.length + " bytes instead of " + BYTES,
          Errno.EPROTO.number());
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    return new LauncherMessage(
        buffer.getInt(KIND_AT),
        buffer.getLong(VALUE_AT),
        buffer.getLong(ADDRESS_AT),
        buffer.getLong(LENGTH_AT),
        buffer.getLong(STACK_AT));
  }
}
