package org.stasis.shim.archive.tar;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Device;
import org.stasis.linux.KernelString;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.SparseMap.Stretch;

/** Puts together what a header and the extended ones before it say. The latter win. */
final class EntryParser {
  private static final int GNU_MAP = 386;
  private static final int GNU_MAP_ENTRIES = 4;
  private static final int GNU_MAP_MORE = 482;
  private static final int GNU_REAL_SIZE = 483;
  private static final int GNU_MORE_ENTRIES = 21;
  private static final int GNU_STRETCH_BYTES = 2 * TarHeader.LONG_BYTES;
  private static final int MAX_STRETCHES = 1 << 20;
  private static final int NANO_DIGITS = 9;

  /** Gives the next block of the archive. */
  interface Blocks {
    byte[] next() throws IOException;
  }

  private final TarFields fields;
  private final Map<String, byte[]> records;
  private final Blocks blocks;
  private final long stored;
  private boolean mapInData;

  EntryParser(TarFields fields, Map<String, byte[]> records, Blocks blocks)
      throws TarFormatException {
    this.fields = fields;
    this.records = records;
    this.blocks = blocks;
    byte @Nullable [] size = records.get("size");
    long all = size == null ? fields.size() : decimal("size");
    stored = hasContent(fields.flag()) ? all : 0; // others may count what they link to
  }

  private static boolean hasContent(char flag) {
    return flag < '1' || flag > '6';
  }

  /** What follows the header, map included when {@link #mapInData}. */
  long storedBytes() {
    return stored;
  }

  boolean mapInData() {
    return mapInData;
  }

  TarEntry entry() throws IOException {
    String sparseName = text("GNU.sparse.name", new byte[0]);
    String name = sparseName.isEmpty() ? text("path", fields.name()) : sparseName;
    if (name.isEmpty()) {
      throw fields.wrong("an entry without a name");
    }
    TarType type = type(name);
    String target = type.isLink() ? text("linkpath", fields.target()) : "";
    if (type.isLink() && target.isEmpty()) {
      throw fields.wrong("a link to nowhere: " + name);
    }
    long size = stored;
    SparseMap sparse = null;
    if (fields.flag() == 'S') {
      size = fields.count(fields.number(GNU_REAL_SIZE, TarHeader.LONG_BYTES, "size"), "size");
      sparse = gnuMap();
    } else if (records.containsKey("GNU.sparse.major") || records.containsKey("GNU.sparse.map")) {
      size =
          decimal(
              records.containsKey("GNU.sparse.major") ? "GNU.sparse.realsize" : "GNU.sparse.size");
      sparse = paxMap();
    } else if (records.containsKey("GNU.sparse.numblocks")) {
      throw fields.wrong("a sparse file of pax's version 0.0, which is not read: " + name);
    }
    if (sparse != null && !sparse.fits(size)) {
      throw fields.wrong("a sparse file whose stretches don't fit: " + name);
    }
    return new TarEntry(
        name,
        type,
        (int) fields.number(TarHeader.MODE, TarHeader.ID_BYTES, "mode") & 07777,
        owner("uid", TarHeader.UID),
        owner("gid", TarHeader.GID),
        modified(),
        target,
        type.isDevice() ? device() : Device.NONE,
        attributes(),
        size,
        sparse);
  }

  private TarType type(String name) throws TarFormatException {
    return switch (fields.flag()) {
      case '0', 0, '7', 'S' ->
          fields.flag() == 0 && name.endsWith("/") ? TarType.DIRECTORY : TarType.FILE;
      case '1' -> TarType.HARD_LINK;
      case '2' -> TarType.SYMBOLIC_LINK;
      case '3' -> TarType.CHARACTER_DEVICE;
      case '4' -> TarType.BLOCK_DEVICE;
      case '5' -> TarType.DIRECTORY;
      case '6' -> TarType.FIFO;
      default ->
          throw fields.wrong("an entry of unknown type " + (int) fields.flag() + ": " + name);
    };
  }

  private Device device() throws TarFormatException {
    long major = fields.number(TarHeader.MAJOR, TarHeader.ID_BYTES, "device");
    long minor = fields.number(TarHeader.MINOR, TarHeader.ID_BYTES, "device");
    return new Device((int) major, (int) minor);
  }

  private long owner(String key, int at) throws TarFormatException {
    long id = records.containsKey(key) ? decimal(key) : fields.number(at, TarHeader.ID_BYTES, key);
    if (id < 0 || id > 0xffffffffL) {
      throw fields.wrong("a " + key + " that is none: " + id);
    }
    return id;
  }

  private String text(String key, byte[] otherwise) throws TarFormatException {
    byte[] bytes = records.getOrDefault(key, otherwise);
    for (byte each : bytes) {
      if (each == 0) {
        throw fields.wrong("a name with a zero byte");
      }
    }
    return KernelString.decode(bytes);
  }

  private Map<String, byte[]> attributes() throws TarFormatException {
    Map<String, byte[]> attributes = new TreeMap<>(); // in an order that is always the same
    for (Map.Entry<String, byte[]> each : records.entrySet()) {
      if (each.getKey().startsWith(TarHeader.ATTRIBUTE)) {
        String name = each.getKey().substring(TarHeader.ATTRIBUTE.length());
        if (name.indexOf(0) >= 0 || name.isEmpty()) {
          throw fields.wrong("an extended attribute without a proper name");
        }
        attributes.put(name, each.getValue());
      }
    }
    return new LinkedHashMap<>(attributes);
  }

  private Stat.Time modified() throws TarFormatException {
    if (!records.containsKey("mtime")) {
      return new Stat.Time(fields.number(TarHeader.MODIFIED, TarHeader.LONG_BYTES, "time"), 0);
    }
    String text = text("mtime", new byte[0]);
    int point = text.indexOf('.');
    String whole = point < 0 ? text : text.substring(0, point);
    String fraction = point < 0 ? "" : text.substring(point + 1);
    String digits = (fraction + "000000000").substring(0, NANO_DIGITS);
    try {
      boolean negative = whole.startsWith("-");
      long seconds = whole.equals("-") ? 0 : Long.parseLong(whole);
      int nanos = Integer.parseUnsignedInt(digits);
      return negative && nanos > 0
          ? new Stat.Time(seconds - 1, 1_000_000_000 - nanos)
          : new Stat.Time(seconds, nanos);
    } catch (NumberFormatException e) {
      throw fields.wrong("a time that is none: " + text);
    }
  }

  private long decimal(String key) throws TarFormatException {
    String text = text(key, new byte[0]);
    try {
      return fields.count(Long.parseLong(text), key);
    } catch (NumberFormatException e) {
      throw fields.wrong("a " + key + " that is no number: " + text);
    }
  }

  /** Version 1.0 has the map before the data, 0.1 in a record. */
  private SparseMap paxMap() throws IOException {
    if (!records.containsKey("GNU.sparse.major")) {
      String[] numbers = text("GNU.sparse.map", new byte[0]).split(",", -1);
      List<Stretch> stretches = new ArrayList<>();
      for (int i = 0; i + 1 < numbers.length; i += 2) {
        stretches.add(new Stretch(mapNumber(numbers[i]), mapNumber(numbers[i + 1])));
      }
      return new SparseMap(stretches);
    }
    if (decimal("GNU.sparse.major") != 1 || decimal("GNU.sparse.minor") != 0) {
      throw fields.wrong("a sparse file of an unknown version");
    }
    mapInData = true;
    MapLines lines = new MapLines();
    long count = lines.next();
    if (count > MAX_STRETCHES) {
      throw fields.wrong("a sparse file of " + count + " stretches");
    }
    List<Stretch> stretches = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      long offset = lines.next();
      stretches.add(new Stretch(offset, lines.next()));
    }
    return new SparseMap(stretches);
  }

  private long mapNumber(String text) throws TarFormatException {
    try {
      return fields.count(Long.parseLong(text), "offset");
    } catch (NumberFormatException e) {
      throw fields.wrong("a sparse file whose map is no number: " + text);
    }
  }

  /** Decimal lines, from block to block. */
  private final class MapLines {
    private byte[] block = new byte[0];
    private int at;

    long next() throws IOException {
      StringBuilder digits = new StringBuilder();
      while (true) {
        if (at == block.length) {
          block = blocks.next();
          at = 0;
        }
        byte each = block[at++];
        if (each == '\n') {
          return mapNumber(digits.toString());
        }
        if (digits.length() > 20) {
          throw fields.wrong("a sparse file whose map is no number");
        }
        digits.append((char) (each & 0xff));
      }
    }
  }

  private SparseMap gnuMap() throws IOException {
    List<Stretch> stretches = new ArrayList<>();
    byte[] head = new byte[TarHeader.BLOCK];
    for (int i = 0; i < head.length; i++) {
      head[i] = fields.at(i);
    }
    gnuStretches(head, GNU_MAP, GNU_MAP_ENTRIES, stretches);
    for (boolean more = head[GNU_MAP_MORE] != 0; more; ) {
      byte[] block = blocks.next();
      gnuStretches(block, 0, GNU_MORE_ENTRIES, stretches);
      more = block[GNU_MORE_ENTRIES * GNU_STRETCH_BYTES] != 0;
      if (stretches.size() > MAX_STRETCHES) {
        throw fields.wrong("a sparse file of too many stretches");
      }
    }
    return new SparseMap(stretches);
  }

  private void gnuStretches(byte[] block, int from, int count, List<Stretch> into)
      throws TarFormatException {
    for (int i = 0; i < count; i++) {
      int at = from + i * GNU_STRETCH_BYTES;
      if (block[at] == 0) {
        return;
      }
      long offset = fields.number(block, at, TarHeader.LONG_BYTES, "offset");
      long length = fields.number(block, at + TarHeader.LONG_BYTES, TarHeader.LONG_BYTES, "length");
      into.add(new Stretch(fields.count(offset, "offset"), fields.count(length, "length")));
    }
  }
}
