package org.stasis.namespaces;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stasis.engine.ns.UserIds;
import org.stasis.images.proto.IpcDescEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;

/**
 * The objects of one kind in the calling thread's IPC namespace, {@code /proc/sysvipc}: a line of
 * names, then a line for each object; numbers are decimal, permissions octal.
 */
final class IpcTable {
  private static final int PIECE_BYTES = 16 << 10;

  private IpcTable() {}

  /**
   * Reads a table.
   *
   * @param kind {@code shm}, {@code msg} or {@code sem}
   * @return the columns of each object by name
   */
  static List<Map<String, String>> read(String kind) throws SyscallException {
    StringBuilder text = new StringBuilder();
    try (Fd fd = Fd.open("/proc/sysvipc/" + kind, Open.O_RDONLY | Open.O_CLOEXEC)) {
      byte[] piece = new byte[PIECE_BYTES];
      for (int read; (read = fd.read(piece, 0, piece.length)) > 0; ) {
        text.append(new String(piece, 0, read, StandardCharsets.US_ASCII));
      }
    }
    return parse(text.toString());
  }

  static List<Map<String, String>> parse(String text) {
    List<Map<String, String>> objects = new ArrayList<>();
    List<String> names = List.of();
    for (String line : text.split("\n", -1)) {
      List<String> words = words(line);
      if (names.isEmpty()) {
        names = words;
      } else if (!words.isEmpty()) {
        Map<String, String> object = new HashMap<>();
        for (int i = 0; i < Math.min(names.size(), words.size()); i++) {
          object.put(names.get(i), words.get(i));
        }
        objects.add(object);
      }
    }
    return objects;
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    for (int at = 0; at < line.length(); ) {
      int end = line.indexOf(' ', at);
      end = end < 0 ? line.length() : end;
      if (end > at) {
        words.add(line.substring(at, end));
      }
      at = end + 1;
    }
    return words;
  }

  /**
   * What every object has.
   *
   * @param object columns of one
   * @param idColumn name of the column with its id
   * @param ids of the tree that the objects belong to
   */
  static IpcDescEntry description(Map<String, String> object, String idColumn, UserIds ids) {
    return IpcDescEntry.newBuilder()
        .setKey((int) number(object, "key"))
        .setUid(ids.user((int) number(object, "uid")))
        .setGid(ids.group((int) number(object, "gid")))
        .setCuid(ids.user((int) number(object, "cuid")))
        .setCgid(ids.group((int) number(object, "cgid")))
        .setMode(Integer.parseInt(object.getOrDefault("perms", "0"), 8))
        .setId((int) number(object, idColumn))
        .build();
  }

  static long number(Map<String, String> object, String column) {
    return Long.parseLong(object.getOrDefault(column, "0"));
  }
}
