package org.stasis.namespaces;

import java.util.Set;
import java.util.TreeSet;

/**
 * Rules of a firewall as nft(8) and iptables-save(8) print them, as far as this: what belongs to
 * which table, and which rules are only there to keep packets away from connections while they are
 * dumped. Who wrote the images may have found these and saved them with the others.
 */
final class FirewallRules {
  private static final String LOCK = "CRIU";

  private FirewallRules() {}

  /** Goes through the lines of a rule set of nft(8), and knows where each belongs. */
  private static final class Lines {
    private final String[] lines;
    private int next;
    private int depth;
    private String table = "";
    private String chain = "";

    Lines(String text) {
      lines = text.split("\n", -1);
    }

    boolean hasNext() {
      return next < lines.length;
    }

    /** The next line; the last one of a table still belongs to it. */
    String next() {
      String words = lines[next].strip();
      if (depth == 0) {
        table = "";
      }
      if (depth <= 1) {
        chain = "";
      }
      if (words.startsWith("table ") && words.endsWith("{")) {
        table = words.substring("table ".length(), words.length() - 1).strip();
      } else if (words.startsWith("chain ") && words.endsWith("{")) {
        chain = words.substring("chain ".length(), words.length() - 1).strip();
      }
      depth += opened(words);
      return lines[next++];
    }

    /** How many more braces a line opens than it closes, outside of quotes. */
    private static int opened(String line) {
      int opened = 0;
      boolean quoted = false;
      for (int i = 0; i < line.length(); i++) {
        char character = line.charAt(i);
        quoted ^= character == '"';
        if (!quoted && character == '{') {
          opened++;
        } else if (!quoted && character == '}') {
          opened--;
        }
      }
      return opened;
    }

    /** Whether the line is of a lock, or none of anybody's. */
    boolean isOfLock(String line) {
      String words = line.strip();
      if (words.isEmpty() || words.equals("}")) {
        return true;
      }
      boolean filter = table.equals("ip filter") || table.equals("ip6 filter");
      boolean hook = words.startsWith("type filter hook ") && words.endsWith("policy accept;");
      return isOfLocksOwn()
          || (filter && words.endsWith("jump " + LOCK))
          || (filter && hook)
          || (filter && words.endsWith("{"));
    }

    /** Whether it is within a table or a chain that a lock made for itself. */
    boolean isOfLocksOwn() {
      boolean filter = table.equals("ip filter") || table.equals("ip6 filter");
      return table.startsWith("inet " + LOCK + "-") || (filter && chain.equals(LOCK));
    }
  }

  /**
   * Looks through a rule set of nft(8).
   *
   * @param text output of {@code nft list ruleset}
   * @return whether there are rules, chains or tables of the dumped namespace's own
   */
  static boolean hasOwnNft(String text) {
    Lines lines = new Lines(text);
    while (lines.hasNext()) {
      String line = lines.next();
      if (!lines.isOfLock(line)) {
        return true;
      }
    }
    return false;
  }

  /** A rule set of nft(8) without what a lock made. */
  static String withoutLockOfNft(String text) {
    StringBuilder own = new StringBuilder(text.length());
    Lines lines = new Lines(text);
    while (lines.hasNext()) {
      String line = lines.next();
      boolean filter = lines.table.equals("ip filter") || lines.table.equals("ip6 filter");
      if (!lines.isOfLocksOwn() && !(filter && line.endsWith("jump " + LOCK))) {
        own.append(line).append('\n');
      }
    }
    return own.toString();
  }

  /**
   * A rule set of nft(8) without some tables.
   *
   * @param text output of {@code nft list ruleset}
   * @param tables such as {@code ip nat}
   * @return the others
   */
  static String withoutTables(String text, Set<String> tables) {
    if (tables.isEmpty()) {
      return text;
    }
    StringBuilder others = new StringBuilder(text.length());
    Lines lines = new Lines(text);
    while (lines.hasNext()) {
      String line = lines.next();
      if (!tables.contains(lines.table)) {
        others.append(line).append('\n');
      }
    }
    return others.toString();
  }

  /** Whether a rule set has expressions of iptables(8) that nft(8) can't read again. */
  static boolean hasForeign(String text) {
    return text.contains(" xt match \"") || text.contains(" xt target \"");
  }

  /**
   * Looks through rules of iptables(8).
   *
   * @param text output of {@code iptables-save} or {@code ip6tables-save}
   * @return whether there are rules of the dumped namespace's own, or a chain's policy is not the
   *     usual one
   */
  static boolean hasOwnIptables(String text) {
    for (String line : text.split("\n", -1)) {
      boolean rule = line.startsWith("-") || line.startsWith("[");
      boolean chain = line.startsWith(":") && !line.contains(" ACCEPT ");
      if ((rule || chain) && !isOfIptablesLock(line)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The tables in rules of iptables(8), as nft(8) calls them.
   *
   * @param text output of {@code iptables-save} or {@code ip6tables-save}
   * @param family goes before each name
   */
  static Set<String> tablesOfIptables(String text, String family) {
    Set<String> tables = new TreeSet<>();
    for (String line : text.split("\n", -1)) {
      if (line.startsWith("*")) {
        tables.add(family + line.substring(1).strip());
      }
    }
    return tables;
  }

  /** Rules of iptables(8) without what a lock made. */
  static String withoutLockOfIptables(String text) {
    StringBuilder own = new StringBuilder(text.length());
    for (String line : text.split("\n", -1)) {
      if (!isOfIptablesLock(line)) {
        own.append(line).append('\n');
      }
    }
    return own.toString();
  }

  private static boolean isOfIptablesLock(String line) {
    return line.startsWith(":" + LOCK + " ")
        || line.startsWith("-A " + LOCK + " ")
        || line.contains("] -A " + LOCK + " ") // with its counters before it
        || line.endsWith(" -j " + LOCK);
  }
}
