package org.stasis.images.json;

import org.jspecify.annotations.Nullable;

/**
 * IP addresses in images: each word is four bytes of the address, the first in the lowest bits. The
 * text is that of inet_ntop(3).
 */
final class IpAddress {
  private static final int GROUPS = 8;

  private IpAddress() {}

  /**
   * @param words one of an IPv4 address, four of an IPv6 address
   * @return null for any other number of words
   */
  static @Nullable String text(int[] words) {
    return switch (words.length) {
      case 1 -> dotted(words[0]);
      case 4 -> groups(words);
      default -> null;
    };
  }

  private static String dotted(int word) {
    return (word & 0xff)
        + "."
        + (word >>> 8 & 0xff)
        + "."
        + (word >>> 16 & 0xff)
        + "."
        + (word >>> 24);
  }

  private static int group(int[] words, int index) {
    int half = words[index / 2] >>> (index % 2 * 16);
    return (half & 0xff) << 8 | half >>> 8 & 0xff;
  }

  private static String groups(int[] words) {
    int start = -1; // of the longest run of zero groups, which is left out if it is two or more
    int length = 1;
    for (int i = 0; i < GROUPS; i++) {
      int end = i;
      while (end < GROUPS && group(words, end) == 0) end++;
      if (end - i > length) {
        start = i;
        length = end - i;
      }
      i = end;
    }
    boolean embedded = start == 0 && (length == 6 || (length == 5 && group(words, 5) == 0xffff));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == start) {
        text.append(i == 0 ? "::" : ":");
        i += length - 1;
        continue;
      }
      if (embedded && i == 6) return text.append(dotted(words[3])).toString();
      text.append(Integer.toHexString(group(words, i)));
      if (i < GROUPS - 1) text.append(':');
    }
    return text.toString();
  }

  /**
   * @return the words of an address; null when the text is none
   */
  static int @Nullable [] parse(String text) {
    if (text.indexOf(':') < 0) {
      int word = parseDotted(text);
      return word == 0 && !text.equals("0.0.0.0") ? null : new int[] {word};
    }
    int gap = text.indexOf("::");
    int[] groups = new int[GROUPS];
    int before = gap < 0 ? parseGroups(text, groups) : parseGroups(text.substring(0, gap), groups);
    if (gap < 0) return before == GROUPS ? words(groups) : null;
    int[] tail = new int[GROUPS];
    int after = parseGroups(text.substring(gap + 2), tail);
    if (before < 0 || after < 0 || before + after >= GROUPS) return null;
    System.arraycopy(tail, 0, groups, GROUPS - after, after);
    return words(groups);
  }

  private static int[] words(int[] groups) {
    int[] words = new int[4];
    for (int i = 0; i < GROUPS; i++) {
      int swapped = (groups[i] & 0xff) << 8 | groups[i] >>> 8;
      words[i / 2] |= swapped << (i % 2 * 16);
    }
    return words;
  }

  /** Groups between colons, the last two maybe dotted; -1 when they are none. */
  private static int parseGroups(String text, int[] into) {
    if (text.isEmpty()) return 0;
    int count = 0;
    for (String part : text.split(":", -1)) {
      boolean dotted = part.indexOf('.') >= 0;
      if (count + (dotted ? 2 : 1) > GROUPS) return -1;
      if (dotted) {
        int word = parseDotted(part);
        if (word == 0 && !part.equals("0.0.0.0")) return -1;
        into[count++] = (word & 0xff) << 8 | word >>> 8 & 0xff;
        into[count++] = (word >>> 16 & 0xff) << 8 | word >>> 24;
      } else {
        if (part.isEmpty() || part.length() > 4) return -1;
        for (int i = 0; i < part.length(); i++) {
          if (Character.digit(part.charAt(i), 16) < 0) return -1;
        }
        into[count++] = Integer.parseInt(part, 16);
      }
    }
    return count;
  }

  /** 0 also for what is no address. */
  private static int parseDotted(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) return 0;
    int word = 0;
    for (int i = 0; i < 4; i++) {
      String part = parts[i];
      if (part.isEmpty() || part.length() > 3) return 0;
      for (int j = 0; j < part.length(); j++) {
        if (part.charAt(j) < '0' || part.charAt(j) > '9') return 0;
      }
      int octet = Integer.parseInt(part);
      if (octet > 255) return 0;
      word |= octet << (8 * i);
    }
    return word;
  }
}
