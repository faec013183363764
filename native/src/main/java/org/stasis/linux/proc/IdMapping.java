package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;

/**
 * A range of ids in a user namespace, a line of {@code /proc/PID/uid_map} or {@code gid_map}.
 *
 * @param inside first id in the namespace, unsigned
 * @param outside first id in the reader's namespace (or, from within, the parent's), unsigned
 * @param length how many, unsigned
 */
public record IdMapping(int inside, int outside, int length) {
  static List<IdMapping> parseAll(ProcText text) {
    List<IdMapping> mappings = new ArrayList<>(1);
    while (!text.atEnd()) {
      mappings.add(new IdMapping(text.integer(), text.integer(), text.integer()));
      text.nextLine();
    }
    return mappings;
  }
}
