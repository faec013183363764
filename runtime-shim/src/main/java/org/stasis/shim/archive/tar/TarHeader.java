package org.stasis.shim.archive.tar;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.Map;
import org.stasis.linux.KernelString;
import org.stasis.linux.Stat;

/**
 * The header of an entry as it is written.
 *
 * <pre>
 * offset size
 *      0  100  name              136   12  mtime, seconds     257    8  "ustar\0" "00"
 *    100    8  mode              148    8  checksum           265   64  owner's and group's name
 *    108    8  uid               156    1  type               329   16  device, major and minor
 *    116    8  gid               157  100  target of a link   345  155  prefix of the name
 *    124   12  size
 * </pre>
 *
 * Numbers are octal digits. What doesn't fit stands in an extended header before it, and then
 * counts.
 */
final class TarHeader {
  static final int BLOCK = 512;
  static final int NAME = 0;
  static final int NAME_BYTES = 100;
  static final int MODE = 100;
  static final int UID = 108;
  static final int GID = 116;
  static final int ID_BYTES = 8;
  static final int SIZE = 124;
  static final int MODIFIED = 136;
  static final int LONG_BYTES = 12;
  static final int CHECKSUM = 148;
  static final int CHECKSUM_BYTES = 8;
  static final int TYPE = 156;
  static final int TARGET = 157;
  static final int MAGIC = 257;
  static final int MAJOR = 329;
  static final int MINOR = 337;
  static final int PREFIX = 345;
  static final int PREFIX_BYTES = 155;

  static final byte EXTENDED = 'x';
  static final String ATTRIBUTE = "SCHILY.xattr.";

  private static final long MAX_ID = 07777777;
  private static final long MAX_LONG = 077777777777L;
  private static final int MAX_DIGITS = 19;
  private static final int NANOS_PER_SECOND = 1_000_000_000;

  private TarHeader() {}

  /** How much room that many bytes take. */
  static long padded(long bytes) {
    return (bytes + BLOCK - 1) / BLOCK * BLOCK;
  }

  /** All that precedes the data of an entry: extended header, header, map of a sparse file. */
  static byte[] encode(TarEntry entry) {
    return encode(entry, false);
  }

  /** {@code wide}: whatever the size, in the same number of bytes. */
  static byte[] encode(TarEntry entry, boolean wide) {
    boolean directory = entry.type() == TarType.DIRECTORY && !entry.name().endsWith("/");
    String name = directory ? entry.name() + "/" : entry.name();
    PaxRecords pax = new PaxRecords();
    byte[] block = new byte[BLOCK];
    if (!isUnicode(name) || !isUnicode(entry.target())) {
      pax.add("hdrcharset", "BINARY");
    }
    text(block, NAME, name, "path", pax);
    text(block, TARGET, entry.target(), "linkpath", pax);
    number(block, MODE, ID_BYTES, entry.mode());
    limited(block, UID, ID_BYTES, entry.uid(), MAX_ID, "uid", pax);
    limited(block, GID, ID_BYTES, entry.gid(), MAX_ID, "gid", pax);
    time(block, entry.modified(), pax);
    number(block, MAJOR, ID_BYTES, entry.device().major());
    number(block, MINOR, ID_BYTES, entry.device().minor());
    byte[] map = new byte[0];
    SparseMap sparse = entry.sparse();
    if (sparse != null) {
      map = sparse.encode();
      pax.add("GNU.sparse.major", "1");
      pax.add("GNU.sparse.minor", "0");
      pax.add("GNU.sparse.name", name);
      pax.add("GNU.sparse.realsize", Long.toString(entry.size()));
    }
    long stored = map.length + entry.dataBytes();
    if (wide) {
      String digits = Long.toString(stored);
      pax.add("size", "0".repeat(MAX_DIGITS - digits.length()) + digits);
    }
    limited(block, SIZE, LONG_BYTES, stored, wide ? Long.MAX_VALUE : MAX_LONG, "size", pax);
    for (Map.Entry<String, byte[]> each : entry.attributes().entrySet()) {
      pax.add(ATTRIBUTE + each.getKey(), each.getValue());
    }
    finish(block, entry.type().flag());
    return join(pax.bytes(), block, map);
  }

  private static byte[] join(byte[] records, byte[] block, byte[] map) {
    ByteArrayOutputStream all = new ByteArrayOutputStream(2 * BLOCK + records.length + map.length);
    if (records.length > 0) {
      byte[] extended = new byte[BLOCK];
      System.arraycopy("PaxHeaders/entry".getBytes(US_ASCII), 0, extended, NAME, 16);
      number(extended, MODE, ID_BYTES, 0644);
      number(extended, UID, ID_BYTES, 0);
      number(extended, GID, ID_BYTES, 0);
      number(extended, SIZE, LONG_BYTES, records.length);
      number(extended, MODIFIED, LONG_BYTES, 0);
      finish(extended, EXTENDED);
      all.writeBytes(extended);
      all.writeBytes(records);
      all.writeBytes(new byte[(int) padded(records.length) - records.length]);
    }
    all.writeBytes(block);
    all.writeBytes(map);
    return all.toByteArray();
  }

  /** Whether a text is one, and not bytes in another encoding. */
  private static boolean isUnicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isHighSurrogate(text.charAt(i))) {
        i++;
      } else if (Character.isLowSurrogate(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static void text(byte[] block, int at, String text, String key, PaxRecords pax) {
    byte[] bytes = KernelString.encode(text);
    boolean plain = bytes.length <= NAME_BYTES;
    for (int i = 0; plain && i < bytes.length; i++) {
      plain = bytes[i] >= 0; // otherwise readers disagree on its encoding
    }
    if (!plain) {
      pax.add(key, bytes);
    }
    int room = Math.min(bytes.length, NAME_BYTES);
    for (int i = 0; i < room; i++) {
      block[at + i] = bytes[i] < 0 ? (byte) '_' : bytes[i];
    }
  }

  private static void time(byte[] block, Stat.Time time, PaxRecords pax) {
    boolean plain = time.nanos() == 0 && time.seconds() >= 0 && time.seconds() <= MAX_LONG;
    long seconds = Math.clamp(time.seconds(), 0, MAX_LONG);
    number(block, MODIFIED, LONG_BYTES, seconds);
    if (!plain) {
      pax.add("mtime", decimal(time));
    }
  }

  private static String decimal(Stat.Time time) {
    boolean before = time.seconds() < 0 && time.nanos() > 0; // counted from the other side
    long seconds = before ? time.seconds() + 1 : time.seconds();
    int nanos = before ? NANOS_PER_SECOND - time.nanos() : time.nanos();
    String sign = before && seconds == 0 ? "-" : "";
    String fraction = Integer.toString(NANOS_PER_SECOND + nanos).substring(1);
    return sign + seconds + (nanos == 0 ? "" : "." + fraction);
  }

  private static void limited(
      byte[] block, int at, int room, long value, long limit, String key, PaxRecords pax) {
    if (value > limit) {
      pax.add(key, Long.toString(value));
    }
    number(block, at, room, value > limit ? 0 : value);
  }

  /** Octal digits, and a zero byte behind them. */
  private static void number(byte[] block, int at, int room, long value) {
    for (int i = at + room - 2; i >= at; i--) {
      block[i] = (byte) ('0' + (value & 7));
      value >>>= 3;
    }
  }

  private static void finish(byte[] block, byte type) {
    block[TYPE] = type;
    System.arraycopy("ustar\00000".getBytes(US_ASCII), 0, block, MAGIC, 8);
    number(block, CHECKSUM, CHECKSUM_BYTES - 1, checksum(block)); // six digits, a zero, a space
    block[CHECKSUM + CHECKSUM_BYTES - 1] = ' ';
  }

  /** The sum of all bytes, those of the checksum itself taken for spaces. */
  static int checksum(byte[] block) {
    int sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      boolean itself = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES;
      sum += itself ? ' ' : block[i] & 0xff;
    }
    return sum;
  }
}
