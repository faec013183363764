package org.stasis.engine.bpf;

import org.stasis.images.proto.BpfmapDataEntry;
import org.stasis.images.proto.BpfmapFileEntry;
import org.stasis.linux.Processors;
import org.stasis.linux.SyscallException;
import org.stasis.linux.bpf.BpfMap;
import org.stasis.linux.bpf.BpfMapType;

/** How large what is under one key is. */
final class MapContent {
  private static final int PADDING = 8;

  private MapContent() {}

  /**
   * Size of what is read and written under a key on this machine.
   *
   * @param type of the map
   * @param valueSize as the map was made with
   * @return in bytes; per processor each value is padded, and there are as many as there may be
   *     processors
   * @throws SyscallException when the kernel does not tell how many those are
   */
  static int valueBytes(BpfMapType type, int valueSize) throws SyscallException {
    return type.perProcessor()
        ? (valueSize + PADDING - 1 & -PADDING) * Processors.possible()
        : valueSize;
  }

  /**
   * Describes it for the image.
   *
   * @param mapId of the map
   * @param content what it holds
   * @return the entry, which keys and values follow
   */
  static BpfmapDataEntry entry(int mapId, BpfMap.Content content) {
    return BpfmapDataEntry.newBuilder()
        .setMapId(mapId)
        .setKeysBytes(content.keys().length)
        .setValuesBytes(content.values().length)
        .setCount(content.count())
        .build();
  }

  /**
   * Whether sizes agree with the map, on a machine with as many processors.
   *
   * @param map the map
   * @param type of it
   * @param content as in the images
   * @return what is wrong; empty when nothing is
   * @throws SyscallException when the kernel does not tell how many processors there may be
   */
  static String problem(BpfmapFileEntry map, BpfMapType type, BpfMap.Content content)
      throws SyscallException {
    long count = Integer.toUnsignedLong(content.count());
    if (content.keys().length != count * Integer.toUnsignedLong(map.getKeySize())) {
      return "its keys take " + content.keys().length + " bytes";
    }
    long expected = count * valueBytes(type, map.getValueSize());
    if (content.values().length == expected) {
      return "";
    }
    String found = content.values().length + " bytes of values";
    return type.perProcessor()
        ? found + ", where " + Processors.possible() + " possible processors make " + expected
        : found;
  }
}
