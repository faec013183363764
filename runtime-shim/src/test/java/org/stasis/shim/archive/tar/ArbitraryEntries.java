package org.stasis.shim.archive.tar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Device;
import org.stasis.linux.KernelString;
import org.stasis.linux.Stat;

/** Entries of every kind, with whatever a file system may have. */
final class ArbitraryEntries {
  private static final TarType[] TYPES = TarType.values();

  private final Random random;

  ArbitraryEntries(long seed) {
    random = new Random(seed);
  }

  TarEntry next() {
    TarType type = TYPES[random.nextInt(TYPES.length)];
    boolean file = type == TarType.FILE;
    long size = file ? random.nextInt(3000) : 0;
    SparseMap sparse = file && random.nextInt(3) == 0 ? sparse(size) : null;
    return new TarEntry(
        name() + (type == TarType.DIRECTORY ? "/" : ""),
        type,
        random.nextInt(010000),
        id(),
        id(),
        time(),
        type.isLink() ? name() : "",
        type.isDevice() ? new Device(random.nextInt(4096), random.nextInt(1 << 20)) : Device.NONE,
        type == TarType.HARD_LINK ? Map.of() : attributes(),
        size,
        sparse);
  }

  byte[] data(TarEntry entry) {
    byte[] bytes = new byte[(int) entry.dataBytes()];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Bytes but zero and a slash at the end. */
  private String name() {
    int length = 1 + random.nextInt(random.nextInt(8) == 0 ? 2000 : 120);
    boolean plain = random.nextBoolean();
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = plain ? (byte) ('a' + random.nextInt(26)) : (byte) (1 + random.nextInt(255));
    }
    bytes[length - 1] = 'z';
    return KernelString.decode(bytes);
  }

  private long id() {
    return switch (random.nextInt(3)) {
      case 0 -> 0;
      case 1 -> random.nextInt(1 << 21);
      default -> random.nextInt() & 0xffffffffL;
    };
  }

  private Stat.Time time() {
    long seconds = random.nextBoolean() ? random.nextInt() : random.nextLong() >> 20;
    return new Stat.Time(seconds, random.nextBoolean() ? 0 : random.nextInt(1_000_000_000));
  }

  private Map<String, byte[]> attributes() {
    Map<String, byte[]> attributes = new TreeMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      byte[] value = new byte[1 + random.nextInt(200)];
      random.nextBytes(value);
      attributes.put("user." + random.nextInt(1000), value);
    }
    return new LinkedHashMap<>(attributes);
  }

  private @Nullable SparseMap sparse(long size) {
    List<SparseMap.Stretch> stretches = new ArrayList<>();
    long at = 0;
    while (at < size) {
      long start = at + random.nextInt((int) (size - at) + 1);
      long length = random.nextInt((int) (size - start) + 1);
      stretches.add(new SparseMap.Stretch(start, length));
      at = start + length + 1;
    }
    stretches.add(new SparseMap.Stretch(size, 0));
    return new SparseMap(stretches);
  }
}
