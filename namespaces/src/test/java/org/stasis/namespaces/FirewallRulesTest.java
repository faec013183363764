package org.stasis.namespaces;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Firewall rules in images")
class FirewallRulesTest {
  /** From a dump by CRIU 4.1.1 with its default --network-lock, of a namespace without rules. */
  private static final String IPTABLES_LOCK =
      """
      table ip filter {
      \tchain CRIU {
      \t\tmeta mark 0x0000c114 counter packets 0 bytes 0 accept
      \t\tcounter packets 0 bytes 0 drop
      \t}

      \tchain INPUT {
      \t\ttype filter hook input priority filter; policy accept;
      \t\tcounter packets 0 bytes 0 jump CRIU
      \t}

      \tchain OUTPUT {
      \t\ttype filter hook output priority filter; policy accept;
      \t\tcounter packets 0 bytes 0 jump CRIU
      \t}
      }
      table ip6 filter {
      \tchain CRIU {
      \t\tmeta mark 0x0000c114 counter packets 0 bytes 0 accept
      \t\tcounter packets 0 bytes 0 drop
      \t}
      }
      """;

  /** The same with --network-lock nftables. */
  private static final String NFTABLES_LOCK =
      """
      table inet CRIU-1ad81b6b-206f-4c4a-87 {
      \tchain output {
      \t\ttype filter hook output priority filter; policy drop;
      \t\tmeta mark 0x0000c114 accept
      \t}
      }
      """;

  @Test
  void areNoneWhenThereIsOnlyTheLockOfTheDump() {
    assertThat(FirewallRules.hasOwnNft("")).isFalse();
    assertThat(FirewallRules.hasOwnNft(IPTABLES_LOCK)).isFalse();
    assertThat(FirewallRules.hasOwnNft(NFTABLES_LOCK)).isFalse();
  }

  @Test
  void areFoundBesideTheLock() {
    String rule = "\t\tcounter packets 0 bytes 0 jump CRIU\n\t\ttcp dport 22 accept\n";
    assertThat(
            FirewallRules.hasOwnNft(
                IPTABLES_LOCK.replaceFirst(
                    "\t\tcounter packets 0 bytes 0 jump CRIU\n",
                    java.util.regex.Matcher.quoteReplacement(rule))))
        .isTrue();
    assertThat(
            FirewallRules.hasOwnNft(
                NFTABLES_LOCK + "table inet mine {\n\tset s {\n\t\ttype ipv4_addr\n\t}\n}\n"))
        .isTrue();
  }

  @Test
  void ofIptablesAreLookedThroughLikewise() {
    String lock =
        "*filter\n:INPUT ACCEPT [0:0]\n:CRIU - [0:0]\n-A INPUT -j CRIU\n-A CRIU -j DROP\nCOMMIT\n";
    assertThat(FirewallRules.hasOwnIptables("")).isFalse();
    assertThat(FirewallRules.hasOwnIptables(lock)).isFalse();
    assertThat(
            FirewallRules.hasOwnIptables(lock.replace("COMMIT", "-A INPUT -s 1.2.3.4/32 -j DROP")))
        .isTrue();
  }

  @Test
  void areLeftWhenTheLockIsTakenAway() {
    String mine = "table inet mine {\n\tset s {\n\t\telements = { 1,\n\t\t\t     2 }\n\t}\n}\n";
    assertThat(FirewallRules.withoutLockOfNft(NFTABLES_LOCK + mine).strip())
        .isEqualTo(mine.strip());
    assertThat(FirewallRules.withoutLockOfNft(IPTABLES_LOCK + mine))
        .endsWith(mine + "\n")
        .doesNotContain("CRIU", "drop");
    assertThat(FirewallRules.withoutTables(mine + NFTABLES_LOCK, Set.of("inet mine")).strip())
        .isEqualTo(NFTABLES_LOCK.strip());
  }

  @Test
  void ofIptablesAreInTheTablesThatNftNames() {
    String text = "# by iptables-save\n*nat\n:INPUT ACCEPT [0:0]\nCOMMIT\n*filter\nCOMMIT\n";
    assertThat(FirewallRules.tablesOfIptables(text, "ip6 "))
        .containsExactly("ip6 filter", "ip6 nat");
    assertThat(FirewallRules.tablesOfIptables("", "ip ")).isEmpty();
  }
}
