package org.stasis.engine.tcp;

import static org.stasis.linux.socket.SocketOption.SOL_TCP;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_ON;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.inet.InetAddress;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.options.NetworkLock;
import org.stasis.engine.sockets.SocketNamespaces;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.Socket;

/**
 * All connections of one dump. They are silenced when everything else has been surveyed, read when
 * images are written, and end without a word once their programs are dead.
 */
public final class TcpDump {
  private final SocketNamespaces namespaces;
  private final CaptureContext context;
  private final List<Held> held = new ArrayList<>();
  private final Map<Long, ConnectionLock> locks = new HashMap<>(); // by network namespace
  private @Nullable String id;
  private boolean prepared;

  /**
   * A connection of the tree.
   *
   * @param task who holds it
   * @param object what it is, for people
   * @param inode of the socket
   * @param socket a duplicate, the session's
   * @param state it has while it is silent
   */
  private record Held(String task, String object, long inode, Fd socket, int state) {
    StasisException failed(String doing, SyscallException cause) {
      String remedy = cause.is(Errno.EPERM) ? "Connections need CAP_NET_ADMIN." : "";
      return new StasisException(task, doing + " the connection of " + object, remedy, cause);
    }
  }

  /**
   * Starts for one dump.
   *
   * @param context takes the images
   * @param namespaces of its sockets
   */
  public TcpDump(CaptureContext context, SocketNamespaces namespaces) {
    this.context = context;
    this.namespaces = namespaces;
  }

  /**
   * Announces a connection that is to be silent from {@link #silence} on.
   *
   * @param home a task that lives in its network namespace
   * @param name its own address
   * @param peer the other end's address
   * @throws StasisException when the namespace cannot be entered
   */
  public void announce(TaskView home, InetAddress name, InetAddress peer) throws StasisException {
    if (context.options().networkLock() == NetworkLock.SKIP) {
      return;
    }
    long namespace = namespaces.inode(home);
    ConnectionLock lock = locks.get(namespace);
    if (lock == null) {
      boolean everything = isOwn(home);
      lock = namespaces.ask(home, () -> ConnectionLock.open(everything));
      locks.put(namespace, lock);
    }
    lock.add(name, peer);
  }

  /** Whether a namespace is the tree's alone, so that all of its TCP may stand still. */
  private boolean isOwn(TaskView home) throws StasisException {
    Namespaces known = context.kind(Namespaces.class).orElse(null);
    return known != null
        && known.own(NamespaceKind.NET)
        && !known.external(NamespaceKind.NET)
        && known.id(home, NamespaceKind.NET) == known.rootId(NamespaceKind.NET);
  }

  /**
   * Silences all announced connections.
   *
   * @return false when that can't be; an obstacle has been reported
   * @throws StasisException when the dump can't be given an id
   */
  public boolean silence() throws StasisException {
    if (locks.isEmpty()) {
      return true;
    }
    String name = ConnectionLock.newId();
    id = name;
    try {
      for (ConnectionLock lock : locks.values()) {
        lock.hold(name);
      }
      return true;
    } catch (SyscallException e) {
      context.obstacle(
          new Obstacle(
              "",
              "TCP connections",
              "they cannot be kept silent: nf_tables says " + Errno.describe(e.errno()),
              "use --network-lock skip when their peers are silent anyway"));
      return false;
    }
  }

  /**
   * Keeps a connection, which is silent.
   *
   * @param file the open socket
   * @param state it is in
   * @param to takes the image
   * @throws StasisException when it cannot be looked at
   */
  public void keep(OpenFile file, int state, FileCapture to) throws StasisException {
    Held connection =
        new Held(
            file.task().describe(), file.describe(), file.stat().inode(), file.duplicate(), state);
    held.add(connection);
    to.whenWriting(images -> write(images, connection));
  }

  private void write(ImageSetWriter images, Held connection) throws IOException, StasisException {
    prepare(connection);
    TcpCapture.Stream stream = read(connection);
    try (ImageWriter writer = images.open(ImageKind.TCP_STREAM, connection.inode)) {
      writer.write(stream.entry());
      writer.writePayload(stream.queues());
    }
  }

  private void prepare(Held connection) throws StasisException {
    if (!prepared) {
      prepared = true;
      try {
        TcpCapture.prepare();
      } catch (SyscallException e) {
        throw connection.failed("preparing to read", e);
      }
    }
  }

  private static TcpCapture.Stream read(Held connection) throws StasisException {
    try {
      return TcpCapture.read(connection.socket, connection.state);
    } catch (SyscallException e) {
      throw connection.failed("reading", e);
    }
  }

  /**
   * Tells how connections were kept silent.
   *
   * @param inventory takes it
   */
  public void inventory(InventoryEntry.Builder inventory) {
    if (context.options().networkLock() == NetworkLock.SKIP) {
      inventory.setNetworkLockMethod(LockMethod.SKIP);
    } else if (id != null) {
      inventory.setNetworkLockMethod(LockMethod.NFTABLES).setDumpCriuRunId(id);
    }
  }

  /**
   * The programs are about to be killed.
   *
   * @throws StasisException when their connections can't be kept silent after that
   */
  public void prepareToBury() throws StasisException {
    String name = id;
    if (name == null) {
      return;
    }
    try {
      for (ConnectionLock lock : locks.values()) {
        lock.prepareToLast(name);
      }
    } catch (SyscallException e) {
      throw new StasisException("", "preparing to keep connections silent", "", e);
    }
  }

  /**
   * The programs have been killed: their connections stay silent until the restore, and those of
   * this kernel end without a word. They have not ended yet, for they are open here too.
   *
   * @throws StasisException when one cannot; the others do
   */
  public void bury() throws StasisException {
    StasisException failure = null;
    for (ConnectionLock lock : locks.values()) {
      try {
        lock.last();
      } catch (SyscallException e) {
        failure = add(failure, new StasisException("", "keeping connections silent", "", e));
      }
    }
    for (Held connection : held) {
      try {
        Socket.setOption(connection.socket, SOL_TCP, TCP_REPAIR, TCP_REPAIR_ON);
        connection.socket.close();
      } catch (SyscallException e) {
        failure = add(failure, connection.failed("ending", e));
      }
    }
    release(failure);
  }

  /**
   * Lets all connections go on.
   *
   * @throws StasisException when one could not be let go; the others are
   */
  public void letGo() throws StasisException {
    release(null);
  }

  private void release(@Nullable StasisException before) throws StasisException {
    StasisException failure = before;
    for (ConnectionLock lock : locks.values()) {
      try {
        lock.close();
      } catch (SyscallException e) {
        failure = add(failure, new StasisException("", "letting connections go", "", e));
      }
    }
    locks.clear();
    if (failure != null) {
      throw failure;
    }
  }

  private static StasisException add(@Nullable StasisException failure, StasisException next) {
    if (failure == null) {
      return next;
    }
    failure.addSuppressed(next);
    return failure;
  }
}
