package org.stasis.namespaces;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.NetlinkSocket;

/**
 * The rules of a network namespace's firewall, as its tools print them. Tables that belong to
 * iptables(8) are kept as iptables-save(8) writes them, all others as nft(8) does.
 *
 * @param nft output of {@code nft list ruleset} without tables of iptables
 * @param iptables output of {@code iptables-save}
 * @param ip6tables output of {@code ip6tables-save}
 */
record Firewall(String nft, String iptables, String ip6tables) {
  private static final int NFT_MSG_GETTABLE = 10 << 8 | 1; // NFNL_SUBSYS_NFTABLES
  private static final String OWNED = " is managed by iptables-nft";
  private static final Firewall NONE = new Firewall("", "", "");

  /**
   * Reads the rules of the calling thread's network namespace. No tool is run where there are none.
   *
   * @param refused takes why some cannot be carried
   */
  static Firewall capture(Consumer<String> refused) throws SyscallException, IOException {
    String[] saved = {"", ""};
    for (int i = 0; i < saved.length; i++) {
      if (!isEmpty("/proc/thread-self/net/ip" + (i == 0 ? "" : "6") + "_tables_names")) {
        saved[i] = saveLegacy(i == 0 ? "iptables" : "ip6tables", refused);
      }
    }
    if (!hasTables()) {
      return saved[0].isEmpty() && saved[1].isEmpty() ? NONE : new Firewall("", saved[0], saved[1]);
    }
    FirewallTool nft = FirewallTool.find("nft");
    if (nft == null) {
      refused.accept("its rules of nftables are read with nft(8), which is not installed");
      return NONE;
    }
    FirewallTool.Result listed = nft.succeed("", "list", "ruleset");
    Set<String> elsewhere = new TreeSet<>();
    for (String table : ownedByIptables(listed)) {
      boolean six = table.startsWith("ip6 ");
      String text = save(six ? "ip6tables" : "iptables", table.substring(table.indexOf(' ') + 1));
      if (!text.isEmpty()) {
        saved[six ? 1 : 0] += text;
        elsewhere.add(table);
      }
    }
    String text = FirewallRules.withoutTables(listed.output(), elsewhere);
    if (FirewallRules.hasForeign(text)) {
      refused.accept("nft(8) cannot print some of its rules, which iptables(8) made");
    }
    return new Firewall(text, saved[0], saved[1]);
  }

  /** Tables, such as {@code ip nat}, of which nft(8) says that iptables(8) made them. */
  private static List<String> ownedByIptables(FirewallTool.Result listed) {
    List<String> tables = new ArrayList<>();
    for (String line : (listed.errors() + "\n" + listed.output()).split("\n", -1)) {
      int start = line.indexOf("table ip");
      int end = line.indexOf(OWNED);
      if (line.startsWith("#") && start >= 0 && end > start) {
        tables.add(line.substring(start + "table ".length(), end));
      }
    }
    return tables;
  }

  private static String save(String name, String table) throws IOException {
    FirewallTool tool = FirewallTool.find(name + "-nft-save");
    if (tool == null) {
      return "";
    }
    FirewallTool.Result saved = tool.run("", "-c", "-t", table);
    boolean whole = saved.status() == 0 && !saved.output().contains("incompatible");
    return whole ? saved.output() : "";
  }

  private static String saveLegacy(String name, Consumer<String> refused) throws IOException {
    FirewallTool tool = FirewallTool.find(name + "-legacy-save");
    if (tool == null) {
      tool = FirewallTool.find(name + "-save");
    }
    if (tool == null) {
      refused.accept("its rules of " + name + "(8) are read with that, which is not installed");
      return "";
    }
    return tool.succeed("", "-c").output();
  }

  /** Asks the kernel, which is quicker than any tool. */
  private static boolean hasTables() throws SyscallException {
    boolean[] found = {false};
    try (NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.NETLINK_NETFILTER)) {
      socket.dump(NFT_MSG_GETTABLE, new byte[4], (_, _) -> found[0] = true);
    } catch (SyscallException e) {
      if (!e.is(Errno.EPROTONOSUPPORT) && !e.is(Errno.EINVAL)) { // a kernel without nftables
        throw e;
      }
    }
    return found[0];
  }

  private static boolean isEmpty(String file) throws SyscallException {
    try (Fd fd = Fd.open(file, Open.O_RDONLY | Open.O_CLOEXEC)) {
      return fd.read(new byte[1], 0, 1) == 0;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return true;
      }
      throw e;
    }
  }

  /**
   * Sets the rules in the calling thread's network namespace, which has none. Those that kept
   * packets away from connections during the dump are left out.
   *
   * @throws IOException when a tool is missing, or refuses them
   */
  void restore() throws IOException {
    Set<String> done = new TreeSet<>(); // others save tables of iptables both ways
    if (FirewallRules.hasOwnIptables(iptables)) {
      done.addAll(FirewallRules.tablesOfIptables(iptables, "ip "));
      tool("iptables-restore", "iptables")
          .succeed(FirewallRules.withoutLockOfIptables(iptables), "-c");
    }
    if (FirewallRules.hasOwnIptables(ip6tables)) {
      done.addAll(FirewallRules.tablesOfIptables(ip6tables, "ip6 "));
      tool("ip6tables-restore", "iptables")
          .succeed(FirewallRules.withoutLockOfIptables(ip6tables), "-c");
    }
    String others = FirewallRules.withoutTables(nft, done);
    if (FirewallRules.hasOwnNft(others)) {
      tool("nft", "nftables").succeed(FirewallRules.withoutLockOfNft(others), "-f", "-");
    }
  }

  private static FirewallTool tool(String name, String what) throws IOException {
    FirewallTool tool = FirewallTool.find(name);
    if (tool == null) {
      throw new IOException(
          "its rules of " + what + " are set with " + name + "(8), which is not installed");
    }
    return tool;
  }
}
