package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.ResourceLimit;

/**
 * {@code /proc/PID/limits}: a heading, then a line per resource in the order of the {@code RLIMIT_}
 * values. The name has a column of 25 characters.
 */
final class LimitsTable {
  private static final int NAME_WIDTH = 25;

  private LimitsTable() {}

  static List<ResourceLimit> parse(ProcText text) {
    List<ResourceLimit> limits = new ArrayList<>(ResourceLimit.COUNT);
    text.expect("Limit ").nextLine();
    while (!text.atEnd()) {
      text.moveTo(text.position() + NAME_WIDTH);
      limits.add(new ResourceLimit(value(text), value(text)));
      text.nextLine();
    }
    if (limits.size() != ResourceLimit.COUNT) {
      throw text.unexpected(ResourceLimit.COUNT + " limits, not " + limits.size());
    }
    return limits;
  }

  private static long value(ProcText text) {
    return text.spaces().take("unlimited") ? ResourceLimit.INFINITY : text.number();
  }
}
