package org.stasis.engine.tcp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.StasisException;
import org.stasis.engine.inet.InetAddress;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuildContext.Holder;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.images.proto.TcpStreamEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.PidFd;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;

/**
 * The engine's work on the connections of one restore: keeps them silent from when the network is
 * there until every task is whole, fills their queues once every socket exists, and lets them go
 * last of all, so that a restore that fails leaves nobody a reset.
 */
public final class TcpRestore {
  private static final Logger LOG = LoggerFactory.getLogger(TcpRestore.class);
  private static final int QUEUE_LIMIT_BYTES = 1 << 30;

  private final RebuildContext context;
  private final List<Connection> connections = new ArrayList<>();
  private final List<InetSkEntry> silenced = new ArrayList<>(); // by the dump, kept or not
  private final InventoryEntry inventory;
  private boolean prepared;
  private @Nullable Fd namespace; // the tree's network, from when it exists
  private @Nullable ConnectionLock lock;

  /**
   * A connection of the images.
   *
   * @param socket as the image has it
   * @param stream as the image has it
   * @param maker the task that makes it
   * @param number its descriptor there until descriptors are in place
   */
  record Connection(InetSkEntry socket, TcpStreamEntry stream, int maker, Argument number) {
    InetAddress source() {
      return InetAddress.source(socket);
    }

    InetAddress destination() {
      return InetAddress.destination(socket);
    }

    @Override
    public String toString() {
      return "TCP connection " + source() + " to " + destination();
    }
  }

  /**
   * Starts for one restore.
   *
   * @param context images, and where work can be put
   */
  public TcpRestore(RebuildContext context) {
    this.context = context;
    this.inventory = context.images().inventory();
  }

  /**
   * Reads a connection.
   *
   * @param socket whose
   * @return its state, or null when the images have none
   * @throws StasisException when the image is damaged
   */
  public @Nullable TcpStreamEntry stream(InetSkEntry socket) throws StasisException {
    try (@Nullable ImageReader reader = open(socket)) {
      return reader == null ? null : reader.next(TcpStreamEntry.parser());
    } catch (IOException e) {
      throw damaged(socket, e);
    }
  }

  private @Nullable ImageReader open(InetSkEntry socket) throws IOException {
    return context.images().open(ImageKind.TCP_STREAM, Integer.toUnsignedLong(socket.getIno()));
  }

  private static StasisException damaged(InetSkEntry socket, IOException cause) {
    String what = "reading the connection of socket " + Integer.toUnsignedString(socket.getIno());
    return new StasisException("", what, cause.getMessage(), 0, "", cause);
  }

  /**
   * Takes over a connection whose socket has been planned.
   *
   * @param socket as the image has it
   * @param stream as the image has it
   * @param maker the task that makes it
   * @param number its descriptor there until descriptors are in place
   */
  public void add(InetSkEntry socket, TcpStreamEntry stream, int maker, Argument number) {
    discard(socket);
    connections.add(new Connection(socket, stream, maker, number));
  }

  /**
   * Takes note of a connection that is not kept. What its dump has left goes all the same.
   *
   * @param socket as the image has it
   */
  public void discard(InetSkEntry socket) {
    silenced.add(socket);
    prepare();
  }

  private void prepare() {
    if (!prepared) {
      prepared = true;
      context.before(Stage.NAMESPACE_CONTENT, this::lock);
      context.before(Stage.FILES_CONNECT, this::fill);
    }
  }

  private void lock(RebuiltTree rebuilt) throws StasisException {
    try {
      String path = "/proc/" + rebuilt.hostPid(rebuilt.root()) + "/ns/net";
      namespace = Fd.open(path, Open.O_RDONLY | Open.O_CLOEXEC);
    } catch (SyscallException e) {
      throw new StasisException("", "looking at the network namespace of the tree", "", e);
    }
    if (!LockMethod.isUsed(inventory)) {
      return;
    }
    ConnectionLock opened =
        inNamespace("looking for the packet filter", () -> ConnectionLock.open(ownsNamespace()));
    lock = opened;
    for (Connection connection : connections) {
      opened.add(connection.source(), connection.destination());
    }
    String id = ConnectionLock.newId();
    try {
      opened.hold(id);
    } catch (SyscallException e) {
      throw new StasisException("", "keeping connections silent", "", e);
    }
  }

  private boolean ownsNamespace() {
    Namespaces known = context.kind(Namespaces.class).orElse(null);
    return known != null && known.own(NamespaceKind.NET) && !known.external(NamespaceKind.NET);
  }

  private void fill(RebuiltTree rebuilt) throws StasisException {
    if (connections.isEmpty()) {
      return;
    }
    for (Connection connection : connections) {
      int number = (int) connection.number.value();
      try (PidFd task = PidFd.open(rebuilt.hostPid(connection.maker), 0);
          Fd socket = task.getFd(number);
          @Nullable ImageReader reader = open(connection.socket)) {
        if (reader == null || reader.next(TcpStreamEntry.parser()) == null) {
          throw damaged(connection.socket, new IOException("it is gone"));
        }
        byte[] queues = reader.payloadBytes(QUEUE_LIMIT_BYTES);
        new QueueRestore(socket, connection).fill(queues);
      } catch (SyscallException e) {
        throw failed(connection, "filling the queues of ", e);
      } catch (IOException e) {
        throw damaged(connection.socket, e);
      }
    }
    inNamespace(
        "finishing connections",
        () -> {
          for (Connection connection : connections) {
            int number = (int) connection.number.value();
            try (PidFd task = PidFd.open(rebuilt.hostPid(connection.maker), 0);
                Fd socket = task.getFd(number)) {
              new StateRestore(socket, connection).reach();
            }
          }
          return null;
        });
  }

  /**
   * Lets all connections go; their tasks follow at once.
   *
   * @param rebuilt the tree
   * @throws StasisException when one cannot be let go
   */
  public void release(RebuiltTree rebuilt) throws StasisException {
    unlock();
    for (Connection connection : connections) {
      Holder holder = holder(connection);
      try (PidFd task = PidFd.open(rebuilt.hostPid(holder.task()), 0);
          Fd socket = task.getFd(holder.number());
          @Nullable ImageReader reader = open(connection.socket)) {
        if (reader == null || reader.next(TcpStreamEntry.parser()) == null) {
          throw damaged(connection.socket, new IOException("it is gone"));
        }
        byte[] queues = reader.payloadBytes(QUEUE_LIMIT_BYTES);
        new QueueRestore(socket, connection).letGo(queues);
      } catch (SyscallException e) {
        throw failed(connection, "letting go ", e);
      } catch (IOException e) {
        throw damaged(connection.socket, e);
      }
    }
  }

  /** Where a connection is open once descriptors are in place. */
  private Holder holder(Connection connection) {
    for (Holder holder : context.holders(connection.socket.getId())) {
      return holder;
    }
    // only on its way through a queue: still at its first number, until the task is released
    return new Holder(connection.maker, (int) connection.number.value());
  }

  private void unlock() throws StasisException {
    ConnectionLock held = lock;
    if (held != null) {
      try {
        if (inventory.hasDumpCriuRunId()) {
          held.removeLasting(inventory.getDumpCriuRunId());
        }
      } catch (SyscallException e) {
        throw new StasisException("", "removing what the dump kept silent with", "", e);
      }
      if (LockMethod.isIptables(inventory) && !ownsNamespace()) {
        inNamespace(
            "removing rules of iptables",
            () -> {
              IptablesRules.remove(silenced);
              return null;
            });
      }
    }
    close();
  }

  /**
   * Takes back what a restore that failed has done. What a dump had left stays.
   *
   * @throws StasisException when something is left
   */
  public void undo() throws StasisException {
    close();
  }

  private void close() throws StasisException {
    ConnectionLock held = lock;
    Fd there = namespace;
    lock = null;
    namespace = null;
    try (there;
        held) {
      LOG.debug("connections may speak");
    } catch (SyscallException e) {
      throw new StasisException("", "letting connections go", "", e);
    }
  }

  /** Works in the network namespace of the tree. */
  private <T extends @Nullable Object> T inNamespace(
      String doing, NamespaceThread.Work<T, SyscallException> work) throws StasisException {
    Fd there = Objects.requireNonNull(namespace, "the network namespace");
    try {
      if (there.stat().inode() == Stat.of(null, "/proc/thread-self/ns/net").inode()) {
        return work.run();
      }
      return NamespaceThread.call(List.of(there), work);
    } catch (SyscallException e) {
      throw new StasisException("", doing, "", e);
    }
  }

  private StasisException failed(Connection connection, String doing, SyscallException cause) {
    LOG.debug("{}{}", doing, connection, cause);
    return new StasisException(context.describe(connection.maker), doing + connection, "", cause);
  }
}
