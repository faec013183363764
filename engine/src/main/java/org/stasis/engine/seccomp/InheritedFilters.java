package org.stasis.engine.seccomp;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stasis.images.proto.SeccompEntry;
import org.stasis.linux.SeccompFilter;

/**
 * The filters that every task of a restored container has from birth, since the runtime confined
 * its first process: of those that the images have, the ones that judge alike are there already. A
 * filter that was installed twice would do no harm, but be one more with every restore.
 */
public final class InheritedFilters {
  private final List<SeccompFilter> filters;
  private final Map<ByteString, boolean[]> compared = new HashMap<>();

  /**
   * Remembers them.
   *
   * @param filters of the first process
   */
  public InheritedFilters(List<SeccompFilter> filters) {
    this.filters = List.copyOf(filters);
  }

  /**
   * What a thread lacks. The order of filters does not matter to the kernel: the strictest verdict
   * counts.
   *
   * @param chain numbers of the thread's filters, the oldest first
   * @param images what the numbers are of
   * @return those to be installed, in the same order
   */
  List<Integer> missing(List<Integer> chain, SeccompEntry images) {
    if (filters.isEmpty()) {
      return chain;
    }
    List<Integer> missing = new ArrayList<>(chain);
    for (int i = 0; i < filters.size(); i++) {
      for (Integer each : missing) {
        if (isAlike(images.getSeccompFilters(each).getFilter(), i)) {
          missing.remove(each);
          break;
        }
      }
    }
    return missing;
  }

  /** Threads of one process, and often all, have copies of the same filters. */
  private boolean isAlike(ByteString program, int inherited) {
    boolean[] alike = compared.get(program);
    if (alike == null) {
      alike = new boolean[filters.size()];
      for (int i = 0; i < alike.length; i++) {
        alike[i] = SameVerdicts.of(program.toByteArray(), filters.get(i).program());
      }
      compared.put(program, alike);
    }
    return alike[inherited];
  }
}
