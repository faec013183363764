package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;

/**
 * One mapping with what {@code /proc/PID/smaps} adds. Reading it walks the task's page tables and
 * takes far longer than reading the mere list.
 *
 * @param map the mapping
 * @param pageSizeKb size of its pages, in KiB
 * @param rssKb in memory, in KiB
 * @param anonymousKb of that, not from the file, in KiB
 * @param swapKb swapped out, in KiB
 * @param lockedKb locked, in KiB
 * @param protectionKey of pkey_mprotect(2); 0 for none
 * @param flags set of {@link VmFlag}s; ask with {@link #has}
 * @param unknownFlags letters that this version does not know
 */
public record SmapEntry(
    MapEntry map,
    long pageSizeKb,
    long rssKb,
    long anonymousKb,
    long swapKb,
    long lockedKb,
    int protectionKey,
    long flags,
    List<String> unknownFlags) {
  /**
   * Whether the mapping has a flag.
   *
   * @param flag the flag
   * @return true when it has
   */
  public boolean has(VmFlag flag) {
    return (flags & flag.bit()) != 0;
  }

  static List<SmapEntry> parseAll(ProcText text) {
    List<SmapEntry> smaps = new ArrayList<>(32);
    while (!text.atEnd()) {
      smaps.add(parse(text));
    }
    return smaps;
  }

  private static SmapEntry parse(ProcText text) {
    MapEntry map = MapEntry.parse(text);
    long pageSize = 0;
    long rss = 0;
    long anonymous = 0;
    long swap = 0;
    long locked = 0;
    int key = 0;
    while (text.peek() >= 'A' && text.peek() <= 'Z') { // addresses are of small letters
      if (text.take("VmFlags:")) {
        return flags(text, map, new long[] {pageSize, rss, anonymous, swap, locked, key});
      } else if (text.take("KernelPageSize:")) {
        pageSize = text.number();
      } else if (text.take("Rss:")) {
        rss = text.number();
      } else if (text.take("Anonymous:")) {
        anonymous = text.number();
      } else if (text.take("Swap:")) {
        swap = text.number();
      } else if (text.take("Locked:")) {
        locked = text.number();
      } else if (text.take("ProtectionKey:")) {
        key = text.integer();
      }
      text.nextLine();
    }
    throw text.unexpected("a line VmFlags"); // the last line of every entry since Linux 3.8
  }

  private static SmapEntry flags(ProcText text, MapEntry map, long[] numbers) {
    long flags = 0;
    List<String> unknown = List.of();
    while (!text.spaces().atLineEnd()) {
      String code = text.word();
      VmFlag flag = VmFlag.of(code);
      if (flag != null) {
        flags |= flag.bit();
      } else {
        unknown = unknown.isEmpty() ? new ArrayList<>() : unknown;
        unknown.add(code);
      }
    }
    text.nextLine();
    return new SmapEntry(
        map,
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        (int) numbers[5],
        flags,
        unknown);
  }
}
