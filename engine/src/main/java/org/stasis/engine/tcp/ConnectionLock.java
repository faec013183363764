package org.stasis.engine.tcp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.inet.InetAddress;
import org.stasis.linux.SyscallException;
import org.stasis.linux.netfilter.ConnectionTable;
import org.stasis.linux.netfilter.ConnectionTable.Flow;
import org.stasis.linux.socket.NetlinkSocket;

/**
 * Keeps connections of one network namespace silent, by packet filter.
 *
 * <p>While the engine works, the filter's table belongs to a socket of the engine: when that is
 * closed, for whatever reason, the kernel removes the table. Only once the tree of a dump has been
 * killed a second one is woken, which lasts until the restore. So a program that lives is never cut
 * off by a table that nobody removes.
 *
 * <p>The lasting table's name is made of the dump's id, which the inventory keeps, cut short as
 * other readers of the images do it.
 */
final class ConnectionLock implements AutoCloseable {
  /** Packets with this mark pass: those that a restore makes up itself. */
  static final int MARK = 0xC114;

  private static final String LASTING_PREFIX = "CRIU-";
  private static final String PASSING_PREFIX = "stasis-";
  private static final int NAME_LENGTH = 26;

  private final NetlinkSocket socket;
  private final boolean everything;
  private final List<Flow> flows = new ArrayList<>();
  private @Nullable ConnectionTable lasting; // prepared and not needed yet

  private ConnectionLock(NetlinkSocket socket, boolean everything) {
    this.socket = socket;
    this.everything = everything;
  }

  /**
   * Opens one in the network namespace of the calling thread; nothing is silent yet.
   *
   * @param everything whether all of TCP there is kept silent, not only what is added
   * @return open
   * @throws SyscallException EPROTONOSUPPORT when the kernel has no packet filter
   */
  static ConnectionLock open(boolean everything) throws SyscallException {
    return new ConnectionLock(NetlinkSocket.open(NetlinkSocket.NETLINK_NETFILTER), everything);
  }

  /**
   * A new id for a dump.
   *
   * @return a UUID
   * @throws StasisException when /proc is not there
   */
  static String newId() throws StasisException {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/uuid")).trim();
    } catch (IOException e) {
      throw new StasisException("", "naming a dump", e.toString(), 0, "", e);
    }
  }

  /** Takes in both directions of a connection, to be silent from {@link #hold} on. */
  void add(InetAddress one, InetAddress other) {
    flows.add(new Flow(one.network(), one.port(), other.network(), other.port()));
    flows.add(new Flow(other.network(), other.port(), one.network(), one.port()));
  }

  /**
   * Silence begins.
   *
   * @param id tells this one from others
   * @throws SyscallException EPERM without CAP_NET_ADMIN; EOPNOTSUPP or EINVAL when the kernel's
   *     packet filter is too old
   */
  void hold(String id) throws SyscallException {
    ConnectionTable table = new ConnectionTable(socket, name(PASSING_PREFIX, id));
    table.makePassing(MARK);
    fill(table);
  }

  /**
   * Prepares for silence beyond {@link #close}; nothing changes yet.
   *
   * @param id the dump's
   * @throws SyscallException as for {@link #hold}
   */
  void prepareToLast(String id) throws SyscallException {
    ConnectionTable table = new ConnectionTable(socket, name(LASTING_PREFIX, id));
    table.makeLasting(MARK);
    lasting = table;
    fill(table);
  }

  /**
   * Makes the silence last, in one short call.
   *
   * @throws SyscallException when somebody has removed the table
   */
  void last() throws SyscallException {
    if (lasting != null) {
      lasting.wake();
      lasting = null; // no longer ours
    }
  }

  private void fill(ConnectionTable table) throws SyscallException {
    if (everything) {
      table.addEverything();
    } else {
      table.add(flows);
    }
  }

  /**
   * Removes what a dump has left.
   *
   * @param id the dump's
   * @return false when there is nothing
   * @throws SyscallException EPERM without CAP_NET_ADMIN
   */
  boolean removeLasting(String id) throws SyscallException {
    return new ConnectionTable(socket, name(LASTING_PREFIX, id)).remove();
  }

  private static String name(String prefix, String id) {
    String name = prefix + id;
    return name.length() > NAME_LENGTH ? name.substring(0, NAME_LENGTH) : name;
  }

  /** Silence ends, unless it was made to last. */
  @Override
  public void close() throws SyscallException {
    try (socket) {
      if (lasting != null) {
        lasting.remove();
      }
    }
  }
}
