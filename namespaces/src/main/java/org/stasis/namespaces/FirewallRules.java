package org.stasis.namespaces;

/**
 * Rules of a firewall as nft(8) and iptables-save(8) print them, as far as this: whether there are
 * any besides those that keep packets away from connections while they are dumped. Who wrote the
 * images may have found these and saved them with the others.
 */
final class FirewallRules {
  private static final String LOCK = "CRIU";

  private FirewallRules() {}

  /**
   * Looks through a rule set of nft(8).
   *
   * @param text output of {@code nft list ruleset}
   * @return whether there are rules, chains or tables of the dumped namespace's own
   */
  static boolean hasOwnNft(String text) {
    String table = "";
    String chain = "";
    for (String line : text.split("\n", -1)) {
      String words = line.strip();
      if (words.startsWith("table ") && words.endsWith("{")) {
        table = words.substring("table ".length(), words.length() - 1).strip();
      } else if (words.startsWith("chain ") && words.endsWith("{")) {
        chain = words.substring("chain ".length(), words.length() - 1).strip();
      } else if (!isOfLock(table, chain, words)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfLock(String table, String chain, String words) {
    if (words.isEmpty() || words.equals("}")) {
      return true;
    }
    boolean filter = table.equals("ip filter") || table.equals("ip6 filter");
    return table.startsWith("inet " + LOCK + "-")
        || (filter && chain.equals(LOCK))
        || (filter && words.startsWith("type filter hook ") && words.endsWith("policy accept;"))
        || (filter && words.endsWith("jump " + LOCK));
  }

  /**
   * Looks through rules of iptables(8).
   *
   * @param text output of {@code iptables-save} or {@code ip6tables-save}
   * @return whether there are rules of the dumped namespace's own
   */
  static boolean hasOwnIptables(String text) {
    for (String line : text.split("\n", -1)) {
      boolean lock = line.startsWith("-A " + LOCK + " ") || line.endsWith(" -j " + LOCK);
      if (line.startsWith("-") && !lock) {
        return true;
      }
    }
    return false;
  }
}
