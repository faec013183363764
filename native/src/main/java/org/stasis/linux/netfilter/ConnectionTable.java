package org.stasis.linux.netfilter;

import java.util.List;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.NetlinkSocket;

/**
 * A table of nf_tables that drops the packets of certain TCP connections, coming and going, unless
 * they carry a mark. It belongs to the network namespace of its socket. A passing one goes when its
 * socket is closed, so that nobody is left cut off by somebody who was killed. A lasting one stays
 * until it is removed; it is made asleep, and woken in one short call.
 *
 * <pre>
 *   table inet NAME {
 *     set conns4 { type ipv4_addr . inet_service . ipv4_addr . inet_service }
 *     set conns6 { type ipv6_addr . inet_service . ipv6_addr . inet_service }
 *     chain output { type filter hook output priority filter
 *       meta mark MARK accept
 *       ip saddr . tcp sport . ip daddr . tcp dport @conns4 drop
 *       ip6 saddr . tcp sport . ip6 daddr . tcp dport @conns6 drop }
 *     chain input { the same with hook input }
 *   }
 * </pre>
 */
public final class ConnectionTable {
  private static final int NEWTABLE = 0;
  private static final int DELTABLE = 2;
  private static final int NEWCHAIN = 3;
  private static final int NEWRULE = 6;
  private static final int NEWSET = 9;
  private static final int NEWSETELEM = 12;
  private static final int CREATE = 0x400; // NLM_F_CREATE
  private static final int APPEND = 0x800; // NLM_F_APPEND

  private static final int HOOK_INPUT = 1;
  private static final int HOOK_OUTPUT = 3;
  private static final int VERDICT_DROP = 0;
  private static final int VERDICT_ACCEPT = 1;

  // registers of 32 bits; a key lies in consecutive ones
  private static final int REGISTER_VERDICT = 0;
  private static final int REGISTER = 8;

  private static final int META_MARK = 3;
  private static final int META_NFPROTO = 15;
  private static final int META_L4PROTO = 16;
  private static final byte NFPROTO_IPV4 = 2;
  private static final byte NFPROTO_IPV6 = 10;
  private static final byte IPPROTO_TCP = 6;
  private static final int BASE_NETWORK = 1;
  private static final int BASE_TRANSPORT = 2;

  // what nft(8) calls the parts of a key, six bits each
  private static final int TYPE_IPV4 = 7;
  private static final int TYPE_IPV6 = 8;
  private static final int TYPE_PORT = 13;

  private static final List<String> CHAINS = List.of("output", "input");
  private static final int LIST_ELEMENT = 1;
  private static final int ELEMENTS_PER_MESSAGE = 500;

  private static final int DORMANT = 1; // NFT_TABLE_F_DORMANT
  private static final int OWNER = 2; // NFT_TABLE_F_OWNER, since Linux 5.12

  private final NetlinkSocket socket;
  private final String name;

  /**
   * A table that may or may not be there.
   *
   * @param socket of NETLINK_NETFILTER; stays the caller's
   * @param name of the table, up to 31 characters
   */
  public ConnectionTable(NetlinkSocket socket, String name) {
    this.socket = socket;
    this.name = name;
  }

  /**
   * One direction of a connection.
   *
   * @param source address, 4 or 16 bytes in network order
   * @param sourcePort its port
   * @param destination address, as long as the source's
   * @param destinationPort its port
   */
  public record Flow(byte[] source, int sourcePort, byte[] destination, int destinationPort) {
    private byte[] key() {
      int length = source.length;
      byte[] key = new byte[2 * (length + 4)];
      System.arraycopy(source, 0, key, 0, length);
      port(key, length, sourcePort);
      System.arraycopy(destination, 0, key, length + 4, length);
      port(key, 2 * length + 4, destinationPort);
      return key;
    }

    private static void port(byte[] key, int at, int port) {
      key[at] = (byte) (port >> 8);
      key[at + 1] = (byte) port;
    }
  }

  /**
   * Makes a table that goes with the socket, with nothing in its sets.
   *
   * @param mark of packets that pass all the same
   * @return false when it was there already; it is then left alone
   * @throws SyscallException EPERM without CAP_NET_ADMIN; EPROTONOSUPPORT, EOPNOTSUPP or EINVAL
   *     when the kernel lacks nf_tables
   */
  public boolean makePassing(int mark) throws SyscallException {
    return make(mark, OWNER);
  }

  /**
   * Makes a table that stays, with nothing in its sets; until {@link #wake} it drops nothing.
   *
   * @param mark of packets that pass all the same
   * @return false when it was there already; it is then left alone
   * @throws SyscallException as of {@link #makePassing}
   */
  public boolean makeLasting(int mark) throws SyscallException {
    return make(mark, DORMANT);
  }

  /**
   * Wakes a lasting table.
   *
   * @throws SyscallException ENOENT when it is not there
   */
  public void wake() throws SyscallException {
    NetlinkBatch batch = new NetlinkBatch();
    batch.message(NEWTABLE, 0).text(1, name).number(2, 0);
    commit(batch);
  }

  private boolean make(int mark, int flags) throws SyscallException {
    NetlinkBatch batch = new NetlinkBatch();
    batch.message(NEWTABLE, CREATE | NetlinkSocket.NLM_F_EXCL).text(1, name).number(2, flags);
    set(batch, "conns4", 1, TYPE_IPV4, 16);
    set(batch, "conns6", 2, TYPE_IPV6, 40);
    for (String chain : CHAINS) {
      chain(batch, chain, chain.equals("input") ? HOOK_INPUT : HOOK_OUTPUT);
      rule(batch, chain);
      meta(batch, META_MARK);
      compare(batch, littleEndian(mark));
      verdict(batch, VERDICT_ACCEPT);
      end(batch);
      match(batch, chain, NFPROTO_IPV4, "conns4", 12, 16, 4);
      match(batch, chain, NFPROTO_IPV6, "conns6", 8, 24, 16);
    }
    try {
      commit(batch);
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.EEXIST)) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Adds connections. Those that are there already stay.
   *
   * @param flows each direction of each
   * @throws SyscallException ENOENT when the table is not there
   */
  public void add(List<Flow> flows) throws SyscallException {
    for (int from = 0; from < flows.size(); from += ELEMENTS_PER_MESSAGE) {
      NetlinkBatch batch = new NetlinkBatch();
      int to = Math.min(flows.size(), from + ELEMENTS_PER_MESSAGE);
      elements(batch, "conns4", 4, flows.subList(from, to));
      elements(batch, "conns6", 16, flows.subList(from, to));
      commit(batch);
    }
  }

  /**
   * Drops all of TCP from now on.
   *
   * @throws SyscallException ENOENT when the table is not there
   */
  public void addEverything() throws SyscallException {
    NetlinkBatch batch = new NetlinkBatch();
    for (String chain : CHAINS) {
      rule(batch, chain);
      meta(batch, META_L4PROTO);
      compare(batch, new byte[] {IPPROTO_TCP});
      verdict(batch, VERDICT_DROP);
      end(batch);
    }
    commit(batch);
  }

  /**
   * Removes the table and everything in it.
   *
   * @return false when it was not there
   * @throws SyscallException EPERM without CAP_NET_ADMIN
   */
  public boolean remove() throws SyscallException {
    NetlinkBatch batch = new NetlinkBatch();
    batch.message(DELTABLE, 0).text(1, name);
    try {
      commit(batch);
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  private void commit(NetlinkBatch batch) throws SyscallException {
    socket.transact(batch.bytes(), batch.acknowledgements());
  }

  private void set(NetlinkBatch batch, String set, int id, int address, int keyBytes) {
    int type = ((address << 6 | TYPE_PORT) << 6 | address) << 6 | TYPE_PORT;
    batch.message(NEWSET, CREATE).text(1, name).text(2, set);
    batch.number(3, 0).number(4, type).number(5, keyBytes).number(10, id);
  }

  private void elements(NetlinkBatch batch, String set, int addressBytes, List<Flow> flows) {
    boolean any = false;
    for (Flow flow : flows) {
      any |= flow.source.length == addressBytes;
    }
    if (!any) {
      return;
    }
    batch.message(NEWSETELEM, CREATE).text(1, name).text(2, set).begin(3);
    for (Flow flow : flows) {
      if (flow.source.length == addressBytes) {
        batch.begin(LIST_ELEMENT).begin(1).bytes(1, flow.key()).end().end();
      }
    }
    batch.end();
  }

  private void chain(NetlinkBatch batch, String chain, int hook) {
    batch.message(NEWCHAIN, CREATE).text(1, name).text(3, chain);
    batch.begin(4).number(1, hook).number(2, 0).end();
    batch.number(5, VERDICT_ACCEPT).text(7, "filter");
  }

  /** A rule that drops what is in a set: addresses at two offsets of the network header. */
  private void match(
      NetlinkBatch batch,
      String chain,
      byte family,
      String set,
      int sourceOffset,
      int destinationOffset,
      int addressBytes) {
    int words = addressBytes / 4;
    rule(batch, chain);
    meta(batch, META_NFPROTO);
    compare(batch, new byte[] {family});
    meta(batch, META_L4PROTO);
    compare(batch, new byte[] {IPPROTO_TCP});
    payload(batch, REGISTER, BASE_NETWORK, sourceOffset, addressBytes);
    payload(batch, REGISTER + words, BASE_TRANSPORT, 0, 2);
    payload(batch, REGISTER + words + 1, BASE_NETWORK, destinationOffset, addressBytes);
    payload(batch, REGISTER + 2 * words + 1, BASE_TRANSPORT, 2, 2);
    expression(batch, "lookup").text(1, set).number(2, REGISTER).end().end();
    verdict(batch, VERDICT_DROP);
    end(batch);
  }

  private void rule(NetlinkBatch batch, String chain) {
    batch.message(NEWRULE, CREATE | APPEND).text(1, name).text(2, chain).begin(4);
  }

  private static void end(NetlinkBatch batch) {
    batch.end();
  }

  private static NetlinkBatch expression(NetlinkBatch batch, String kind) {
    return batch.begin(LIST_ELEMENT).text(1, kind).begin(2);
  }

  private static void meta(NetlinkBatch batch, int key) {
    expression(batch, "meta").number(1, REGISTER).number(2, key).end().end();
  }

  private static void compare(NetlinkBatch batch, byte[] value) {
    expression(batch, "cmp").number(1, REGISTER).number(2, 0);
    batch.begin(3).bytes(1, value).end().end().end();
  }

  private static void payload(NetlinkBatch batch, int register, int base, int offset, int bytes) {
    expression(batch, "payload").number(1, register).number(2, base).number(3, offset);
    batch.number(4, bytes).end().end();
  }

  private static void verdict(NetlinkBatch batch, int code) {
    expression(batch, "immediate").number(1, REGISTER_VERDICT);
    batch.begin(2).begin(2).number(1, code).end().end().end().end();
  }

  private static byte[] littleEndian(int mark) {
    return java.nio.ByteBuffer.allocate(4)
        .order(java.nio.ByteOrder.nativeOrder())
        .putInt(mark)
        .array();
  }
}
