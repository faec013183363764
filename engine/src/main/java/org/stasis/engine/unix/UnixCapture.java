package org.stasis.engine.unix;

import static org.stasis.linux.socket.SocketOption.SOCK_STREAM;

import com.google.protobuf.ByteString;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.sockets.MoreOptions;
import org.stasis.engine.sockets.SocketNamespaces;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.Mounts;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.proto.FilePermsEntry;
import org.stasis.images.proto.ScmEntry;
import org.stasis.images.proto.SkOptsEntry;
import org.stasis.images.proto.SkPacketEntry;
import org.stasis.images.proto.SkSenderEntry;
import org.stasis.images.proto.SkShutdown;
import org.stasis.images.proto.UnixSkEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.Credentials;
import org.stasis.linux.socket.QueueWalk;
import org.stasis.linux.socket.QueuedPacket;
import org.stasis.linux.socket.Socket;
import org.stasis.linux.socket.SocketOption;
import org.stasis.linux.socket.UnixDiag;

/** Describes one Unix socket: its entry, its bound file, its queue. */
final class UnixCapture {
  static final int LISTEN = 10;
  static final int ESTABLISHED = 1;

  private final QueueImage queues;
  private final SocketNamespaces namespaces;
  private final MoreOptions more;
  private @Nullable UserIds ids;

  UnixCapture(QueueImage queues, SocketNamespaces namespaces) {
    this.queues = queues;
    this.namespaces = namespaces;
    this.more = new MoreOptions(namespaces);
  }

  /**
   * Describes a socket.
   *
   * @param file the open socket
   * @param diag what sock_diag says about it
   * @param listener inode of the socket that has yet to accept its connection; 0 for none
   * @param home a task that lives in its network namespace
   * @param to takes obstacles
   * @return the entry
   * @throws StasisException when it cannot be looked at
   */
  UnixSkEntry capture(OpenFile file, UnixDiag diag, long listener, TaskView home, FileCapture to)
      throws StasisException {
    try {
      Fd socket = file.duplicate();
      UnixName name = UnixName.of(diag.name());
      UnixSkEntry.Builder entry =
          UnixSkEntry.newBuilder()
              .setId(file.id())
              .setIno((int) diag.inode())
              .setType(diag.type())
              .setState(diag.state())
              .setFlags(file.flags())
              .setUflags(0)
              .setBacklog(diag.sendQueue())
              .setPeer((int) (listener == 0 ? diag.peer() : listener))
              .setFown(file.owner())
              .setOpts(options(socket, diag, home))
              .setName(ByteString.copyFrom(diag.name()));
      if (diag.shutdown() != 0) {
        entry.setShutdown(SkShutdown.forNumber(diag.shutdown()));
      }
      if (diag.peerGone() && diag.type() == SocketOption.SOCK_DGRAM) {
        entry.setPeerGone(true);
      }
      Integer namespace = namespaces.id(home);
      if (namespace != null) {
        entry.setNsId(namespace);
      }
      if (diag.bound()) {
        captureFile(BoundFile.of(socket, diag, name, file.task()), name, entry, to);
      }
      if (diag.state() != LISTEN) {
        captureQueue(socket, diag, file, to);
      }
      return entry.build();
    } catch (SyscallException e) {
      throw new StasisException(file.task().describe(), "looking at " + file.describe(), "", e);
    }
  }

  private SkOptsEntry.Builder options(Fd socket, UnixDiag diag, TaskView home)
      throws StasisException, SyscallException {
    SkOptsEntry.Builder options = SocketOptions.capture(socket, true);
    more.capture(socket, home, SocketOption.AF_UNIX, diag.type(), 0, false, options);
    return options;
  }

  private UserIds ids(CaptureContext context) throws StasisException {
    UserIds known = ids == null ? UserIds.of(context.tasks().getFirst()) : ids;
    ids = known; // the same for the whole tree
    return known;
  }

  private void captureFile(
      BoundFile file, UnixName name, UnixSkEntry.Builder entry, CaptureContext context)
      throws StasisException {
    entry.setFilePerms(
        FilePermsEntry.newBuilder()
            .setMode(file.mode())
            .setUid(ids(context).user(file.uid()))
            .setGid(ids(context).group(file.gid())));
    Optional<Mounts> mounts = context.kind(Mounts.class);
    if (mounts.isPresent() && mounts.get().carried()) {
      entry.setMntId(mounts.get().imageId(file.mountId()));
    }
    if (file.deleted()) {
      entry.setDeleted(true);
    }
    String path = file.path();
    if (path == null) {
      return;
    }
    String given = name.path();
    if (name.isAbsolute() ? path.equals(given) : path.endsWith('/' + given)) {
      if (!name.isAbsolute()) {
        int directory = path.length() - given.length() - 1;
        entry.setNameDir(directory == 0 ? "/" : path.substring(0, directory));
      }
    } else if (!file.deleted()) { // renamed, or bound inside another root directory
      entry.setFilePath(ByteString.copyFrom(org.stasis.linux.KernelString.encode(path)));
    }
  }

  private void captureQueue(Fd socket, UnixDiag diag, OpenFile file, FileCapture to)
      throws StasisException, SyscallException {
    if ((Poll.await(socket, Poll.POLLIN, 0) & Poll.POLLIN) == 0) {
      return;
    }
    if (diag.type() == SOCK_STREAM && Socket.hasUrgent(socket)) {
      to.obstacle(
          "an urgent byte (MSG_OOB) waits in its queue",
          "let the program receive it before the dump");
      return;
    }
    try (QueueWalk walk = QueueWalk.of(socket, diag.type())) {
      for (QueuedPacket packet = walk.next(); packet != null; packet = walk.next()) {
        queues.add(entry(packet, file, to), packet.data());
      }
    }
  }

  private SkPacketEntry entry(QueuedPacket packet, OpenFile file, FileCapture to)
      throws StasisException {
    SkPacketEntry.Builder entry =
        SkPacketEntry.newBuilder().setIdFor(file.id()).setLength(packet.data().length);
    if (!packet.rights().isEmpty()) {
      ScmEntry.Builder rights = ScmEntry.newBuilder().setType(SocketOption.SCM_RIGHTS);
      for (Fd fd : packet.rights()) {
        rights.addRights(to.fileId(file.task(), fd));
      }
      entry.addScm(rights);
    }
    UnixName sender = UnixName.ofAddress(packet.sender());
    if (!sender.isUnbound()) {
      entry.setSenderName(ByteString.copyFrom(sender.bytes()));
    }
    SkSenderEntry credentials = sender(packet.credentials(), to);
    if (credentials != null) {
      entry.setSender(credentials);
    }
    return entry.build();
  }

  private @Nullable SkSenderEntry sender(@Nullable Credentials credentials, CaptureContext context)
      throws StasisException {
    if (credentials == null) {
      return null;
    }
    int pid = 0;
    for (TaskView task : context.tasks()) {
      if (task.pid() == credentials.pid()) {
        pid = task.nsPid();
      }
    }
    return SkSenderEntry.newBuilder()
        .setPid(pid)
        .setUid(ids(context).user(credentials.uid()))
        .setGid(ids(context).group(credentials.gid()))
        .build();
  }
}
