package org.stasis.engine.x86;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.stasis.images.proto.UserX86XsaveEntry;

/** A component of an XSAVE area beyond FXSAVE, as far as images have a place for it. */
enum XsaveComponent {
  YMM(2, 256) {
    @Override
    void capture(ByteBuffer in, int offset, UserX86XsaveEntry.Builder out) {
      out.addAllYmmhSpace(ints(in, offset, sizeBytes()));
    }

    @Override
    boolean restore(UserX86XsaveEntry in, ByteBuffer out, int offset) {
      return putInts(in.getYmmhSpaceList(), out, offset, sizeBytes());
    }
  },
  BNDREGS(3, 64) {
    @Override
    void capture(ByteBuffer in, int offset, UserX86XsaveEntry.Builder out) {
      out.addAllBndregState(longs(in, offset, sizeBytes()));
    }

    @Override
    boolean restore(UserX86XsaveEntry in, ByteBuffer out, int offset) {
      return putLongs(in.getBndregStateList(), out, offset, sizeBytes());
    }
  },
  BNDCSR(4, 64) {
    @Override
    void capture(ByteBuffer in, int offset, UserX86XsaveEntry.Builder out) {
      out.addAllBndcsrState(longs(in, offset, sizeBytes()));
    }

    @Override
    boolean restore(UserX86XsaveEntry in, ByteBuffer out, int offset) {
      return putLongs(in.getBndcsrStateList(), out, offset, sizeBytes());
    }
  },
  OPMASK(5, 64) {
    @Override
    void capture(ByteBuffer in, int offset, UserX86XsaveEntry.Builder out) {
      out.addAllOpmaskReg(longs(in, offset, sizeBytes()));
    }

    @Override
    boolean restore(UserX86XsaveEntry in, ByteBuffer out, int offset) {
      return putLongs(in.getOpmaskRegList(), out, offset, sizeBytes());
    }
  },
  ZMM_HI256(6, 512) {
    @Override
    void capture(ByteBuffer in, int offset, UserX86XsaveEntry.Builder out) {
      out.addAllZmmUpper(longs(in, offset, sizeBytes()));
    }

    @Override
    boolean restore(UserX86XsaveEntry in, ByteBuffer out, int offset) {
      return putLongs(in.getZmmUpperList(), out, offset, sizeBytes());
    }
  },
  HI16_ZMM(7, 1024) {
    @Override
    void capture(ByteBuffer in, int offset, UserX86XsaveEntry.Builder out) {
      out.addAllHi16Zmm(longs(in, offset, sizeBytes()));
    }

    @Override
    boolean restore(UserX86XsaveEntry in, ByteBuffer out, int offset) {
      return putLongs(in.getHi16ZmmList(), out, offset, sizeBytes());
    }
  },
  PKRU(9, 8) {
    @Override
    void capture(ByteBuffer in, int offset, UserX86XsaveEntry.Builder out) {
      out.addAllPkru(ints(in, offset, sizeBytes()));
    }

    @Override
    boolean restore(UserX86XsaveEntry in, ByteBuffer out, int offset) {
      return putInts(in.getPkruList(), out, offset, sizeBytes());
    }
  };

  private final int number;
  private final int sizeBytes;

  XsaveComponent(int number, int sizeBytes) {
    this.number = number;
    this.sizeBytes = sizeBytes;
  }

  /** Its number in XSTATE_BV and CPUID leaf 0xD. */
  int number() {
    return number;
  }

  long bit() {
    return 1L << number;
  }

  int sizeBytes() {
    return sizeBytes;
  }

  abstract void capture(ByteBuffer in, int offset, UserX86XsaveEntry.Builder out);

  /** False when the image does not hold as much as the component takes. */
  abstract boolean restore(UserX86XsaveEntry in, ByteBuffer out, int offset);

  private static List<Integer> ints(ByteBuffer in, int offset, int bytes) {
    List<Integer> words = new ArrayList<>(bytes / 4);
    for (int i = 0; i < bytes; i += 4) {
      words.add(in.getInt(offset + i));
    }
    return words;
  }

  private static List<Long> longs(ByteBuffer in, int offset, int bytes) {
    List<Long> words = new ArrayList<>(bytes / 8);
    for (int i = 0; i < bytes; i += 8) {
      words.add(in.getLong(offset + i));
    }
    return words;
  }

  private static boolean putInts(List<Integer> words, ByteBuffer out, int offset, int bytes) {
    if (words.size() * 4 != bytes) {
      return false;
    }
    for (int i = 0; i < words.size(); i++) {
      out.putInt(offset + 4 * i, words.get(i));
    }
    return true;
  }

  private static boolean putLongs(List<Long> words, ByteBuffer out, int offset, int bytes) {
    if (words.size() * 8 != bytes) {
      return false;
    }
    for (int i = 0; i < words.size(); i++) {
      out.putLong(offset + 8 * i, words.get(i));
    }
    return true;
  }
}
