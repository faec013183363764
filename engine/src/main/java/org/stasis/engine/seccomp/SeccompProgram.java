package org.stasis.engine.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A seccomp filter as the program that it is, of the instructions that runtimes make filters of:
 * load a word of {@code struct seccomp_data}, mask it, jump by it, return (seccomp(2)). An
 * instruction is a {@code struct sock_filter}: code (2 bytes), jt (1), jf (1), k (4), native
 * endian.
 */
final class SeccompProgram {
  /** Words of {@code struct seccomp_data}: number, architecture, address, six arguments. */
  static final int WORDS = 16;

  private static final int INSTRUCTION_BYTES = 8;
  private static final int LOAD_WORD = 0x20;
  private static final int AND = 0x54;
  private static final int JUMP = 0x05;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int JUMP_IF_GREATER = 0x25;
  private static final int JUMP_IF_GREATER_OR_EQUAL = 0x35;
  private static final int JUMP_IF_SET = 0x45;
  private static final int RETURN = 0x06;

  private final int[] codes;
  private final int[] whenTrue;
  private final int[] whenFalse;
  private final int[] constants;

  private SeccompProgram(int length) {
    codes = new int[length];
    whenTrue = new int[length];
    whenFalse = new int[length];
    constants = new int[length];
  }

  /**
   * Reads one.
   *
   * @param bytes as seccomp(2) takes it
   * @return null when it has instructions that cannot be followed here, or leads nowhere
   */
  static @Nullable SeccompProgram of(byte[] bytes) {
    int length = bytes.length / INSTRUCTION_BYTES;
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    SeccompProgram program = new SeccompProgram(length);
    for (int i = 0; i < length; i++) {
      program.codes[i] = buffer.getShort() & 0xffff;
      program.whenTrue[i] = i + 1 + (buffer.get() & 0xff);
      program.whenFalse[i] = i + 1 + (buffer.get() & 0xff);
      program.constants[i] = buffer.getInt();
      if (!program.isFollowed(i, length)) {
        return null;
      }
    }
    return length == 0 ? null : program;
  }

  private boolean isFollowed(int i, int length) {
    int k = constants[i];
    return switch (codes[i]) {
      case LOAD_WORD ->
          k >= 0 && k < WORDS * Integer.BYTES && k % Integer.BYTES == 0 && i + 1 < length;
      case AND -> i + 1 < length;
      case JUMP -> k >= 0 && k < length - i - 1;
      case JUMP_IF_EQUAL, JUMP_IF_GREATER, JUMP_IF_GREATER_OR_EQUAL, JUMP_IF_SET ->
          whenTrue[i] < length && whenFalse[i] < length;
      case RETURN -> true;
      default -> false;
    };
  }

  /**
   * Judges a call.
   *
   * @param data the words of the call
   * @param known a bit for each word of {@code data} that is given
   * @return what the filter returns, 32 bits; or, negative, {@code -1 - WORD} when that word
   *     decides and is not given
   */
  long judge(int[] data, int known) {
    int value = 0;
    int at = 0;
    while (true) {
      int k = constants[at];
      switch (codes[at]) {
        case LOAD_WORD -> {
          int word = k / Integer.BYTES;
          if ((known & 1 << word) == 0) {
            return -1L - word;
          }
          value = data[word];
          at++;
        }
        case AND -> {
          value &= k;
          at++;
        }
        case JUMP -> at += 1 + k;
        case JUMP_IF_EQUAL -> at = next(at, value == k);
        case JUMP_IF_GREATER -> at = next(at, Integer.compareUnsigned(value, k) > 0);
        case JUMP_IF_GREATER_OR_EQUAL -> at = next(at, Integer.compareUnsigned(value, k) >= 0);
        case JUMP_IF_SET -> at = next(at, (value & k) != 0);
        case RETURN -> {
          return k & 0xffffffffL;
        }
        default -> throw new AssertionError("instruction " + codes[at]);
      }
    }
  }

  private int next(int at, boolean condition) {
    return condition ? whenTrue[at] : whenFalse[at];
  }

  /** Told of a constant that a word is compared with. */
  interface Constants {
    /**
     * One of them.
     *
     * @param word its index
     * @param constant what it is compared with, as unsigned number or bit by bit
     * @param bitwise whether single bits of it count: a mask
     */
    void add(int word, int constant, boolean bitwise);
  }

  /** Tells what each word of a call is compared with, wherever that may be reached. */
  void forEachConstant(Constants constantsOfWords) {
    int[] origins =
        new int[codes.length]; // bits: the words that the value may be of; jumps lead forward
    for (int i = 0; i < codes.length; i++) {
      int k = constants[i];
      int origin = codes[i] == LOAD_WORD ? 1 << k / Integer.BYTES : origins[i];
      switch (codes[i]) {
        case LOAD_WORD, AND -> origins[i + 1] |= origin;
        case JUMP -> origins[i + 1 + k] |= origin;
        case RETURN -> {}
        default -> {
          origins[whenTrue[i]] |= origin;
          origins[whenFalse[i]] |= origin;
        }
      }
      boolean bitwise = codes[i] == AND || codes[i] == JUMP_IF_SET;
      boolean compares = bitwise || (codes[i] & 7) == JUMP && codes[i] != JUMP;
      for (int left = compares ? origin : 0; left != 0; left &= left - 1) {
        constantsOfWords.add(Integer.numberOfTrailingZeros(left), k, bitwise);
      }
    }
  }
}
