package org.stasis.engine.unix;

import static org.stasis.linux.socket.SocketOption.SOCK_DGRAM;

import com.google.protobuf.ByteString;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.stasis.engine.Obstacle;
import org.stasis.engine.options.External;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.FownEntry;
import org.stasis.images.proto.SkOptsEntry;
import org.stasis.images.proto.UnixSkEntry;
import org.stasis.linux.socket.UnixDiag;

/**
 * Sockets outside of the tree that sockets of the tree are connected to. One that is allowed gets
 * an entry that no descriptor refers to; its type and state are fixed by convention.
 */
final class OutsidePeers {
  /** The flag of an entry for a socket outside, unix_sk_entry.uflags. */
  static final int EXTERNAL = 1;

  private static final int STATE_LISTEN = 10;

  private final CaptureContext context;
  private final UnixSurvey survey;
  private final Set<Long> allowed = new HashSet<>(); // sockets of the tree
  private final Map<Long, Integer> known = new HashMap<>();

  OutsidePeers(CaptureContext context, UnixSurvey survey) {
    this.context = context;
    this.survey = survey;
    for (External external : context.options().externals()) {
      if (external instanceof External.UnixSocket socket) {
        allowed.add(socket.inode());
      }
    }
  }

  /**
   * Deals with a socket of the tree whose peer is not in the tree.
   *
   * @param task who holds it
   * @param object what it is, for people
   * @param socket what sock_diag says about it
   * @param peer inode of the socket outside
   */
  void connect(String task, String object, UnixDiag socket, long peer) {
    UnixDiag other = survey.socket(peer);
    UnixName name = other == null ? UnixName.NONE : UnixName.of(other.name());
    boolean listed = allowed.contains(socket.inode());
    if (!listed) {
      String external = "use --external unix[" + socket.inode() + "]";
      String problem = "its peer, socket " + peer + " (" + name + "), is outside of the tree";
      if (socket.type() != SOCK_DGRAM || name.isUnbound()) {
        String again = " and give a peer at the restore: --inherit-fd fd[N]:socket[";
        obstacle(task, object, problem, external + again + socket.inode() + "]");
        return;
      }
      if (!context.options().extUnixSockets()) {
        obstacle(task, object, problem, "use --ext-unix-sk to connect to that name again");
        return;
      }
    }
    known.computeIfAbsent(peer, _ -> add(peer, name));
  }

  private int add(long inode, UnixName name) {
    int id = context.newFileId();
    byte[] raw = name.bytes();
    ByteString bytes = ByteString.copyFrom(raw);
    if (name.isPath()) {
      bytes = bytes.concat(ByteString.copyFrom(new byte[1]));
    }
    UnixSkEntry entry =
        UnixSkEntry.newBuilder()
            .setId(id)
            .setIno((int) inode)
            .setType(SOCK_DGRAM)
            .setState(STATE_LISTEN)
            .setFlags(0)
            .setUflags(EXTERNAL)
            .setBacklog(0)
            .setPeer(0)
            .setFown(
                FownEntry.newBuilder().setUid(0).setEuid(0).setSignum(0).setPidType(0).setPid(0))
            .setOpts(
                SkOptsEntry.newBuilder()
                    .setSoSndbuf(0)
                    .setSoRcvbuf(0)
                    .setSoSndTmoSec(0)
                    .setSoSndTmoUsec(0)
                    .setSoRcvTmoSec(0)
                    .setSoRcvTmoUsec(0))
            .setName(bytes)
            .build();
    context.entry(
        ImageKind.FILES,
        FileEntry.newBuilder().setType(FdTypes.UNIXSK).setId(id).setUsk(entry).build());
    return id;
  }

  /** Reports a connection that cannot be carried. */
  void obstacle(String task, String object, String reason, String remedy) {
    context.obstacle(new Obstacle(task, object, reason, remedy));
  }
}
