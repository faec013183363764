package org.stasis.engine.unix;

import static org.stasis.linux.socket.SocketOption.AF_UNIX;
import static org.stasis.linux.socket.SocketOption.SOCK_DGRAM;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.sockets.SocketNamespaces;
import org.stasis.engine.sockets.Sockets;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.UnixSkEntry;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.UnixDiag;

/** Unix sockets as a kind of file. */
public final class UnixSockets implements FileKind {
  private final QueueImage queues = new QueueImage();
  private final Map<Long, Captured> captured = new LinkedHashMap<>(); // by inode
  private @Nullable Survey survey;
  private Map<Integer, List<QueueImage.Packet>> packets = Map.of(); // of the images, by file id

  /** What is set up when the first socket of a dump comes. */
  private record Survey(UnixSurvey sockets, UnixCapture capture) {}

  private record Captured(String task, String object, UnixDiag diag) {}

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.UNIXSK);
  }

  @Override
  public boolean claims(OpenFile file) throws StasisException {
    return Sockets.family(file) == AF_UNIX;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    Survey tools = survey == null ? survey(file, to) : survey;
    survey = tools;
    Optional<UnixSurvey.Found> found = tools.sockets.find(file);
    if (found.isEmpty()) {
      to.obstacle("it belongs to a network namespace that no task of the tree lives in", "");
      return;
    }
    UnixDiag diag = found.get().diag();
    long listener = tools.sockets.listenerOf(diag.inode());
    UnixSkEntry entry = tools.capture.capture(file, diag, listener, found.get().home(), to);
    captured.put(diag.inode(), new Captured(file.task().describe(), file.describe(), diag));
    to.entry(FileEntry.newBuilder().setType(FdTypes.UNIXSK).setId(file.id()).setUsk(entry));
  }

  private Survey survey(OpenFile file, CaptureContext context) throws StasisException {
    try {
      SocketNamespaces namespaces = new SocketNamespaces(context);
      return new Survey(new UnixSurvey(namespaces), new UnixCapture(queues, namespaces));
    } catch (SyscallException e) {
      throw new StasisException(file.task().describe(), "looking at " + file.describe(), "", e);
    }
  }

  @Override
  public void captured(CaptureContext to) throws StasisException {
    if (survey == null) {
      return;
    }
    OutsidePeers outside = new OutsidePeers(to, survey.sockets);
    for (Captured socket : captured.values()) {
      checkPeer(socket, outside, survey.sockets);
      checkWaiting(socket, outside);
    }
    if (!queues.isEmpty()) {
      to.whenWriting(queues::write);
    }
  }

  private void checkPeer(Captured socket, OutsidePeers outside, UnixSurvey sockets) {
    UnixDiag diag = socket.diag;
    long listener = sockets.listenerOf(diag.inode());
    if (listener == 0) {
      if (diag.peer() != 0 && !captured.containsKey(diag.peer())) {
        outside.connect(socket.task, socket.object, diag, diag.peer());
      }
      return;
    }
    if (!captured.containsKey(listener)) {
      outside.connect(socket.task, socket.object, diag, listener);
    } else if (diag.sendQueue() != 0) {
      outside.obstacle(
          socket.task,
          socket.object,
          "data was sent on it before the connection was accepted, and nobody can read that",
          "let the listening program accept it before the dump");
    }
  }

  private void checkWaiting(Captured listener, OutsidePeers outside) {
    for (int client : listener.diag.pending()) {
      if (client == 0) {
        outside.obstacle(
            listener.task,
            listener.object,
            "a connection waits to be accepted whose other end is closed already",
            "let the program accept it before the dump");
      } else if (!captured.containsKey(Integer.toUnsignedLong(client))) {
        outside.obstacle(
            listener.task,
            listener.object,
            "a connection from outside of the tree, socket "
                + Integer.toUnsignedString(client)
                + ", waits to be accepted",
            "let the program accept it before the dump");
      }
    }
  }

  @Override
  public void begin(RebuildContext context) throws StasisException {
    try {
      packets = QueueImage.read(context.images());
    } catch (IOException e) {
      throw new StasisException("", "reading the queues of sockets", e.getMessage(), 0, "", e);
    }
  }

  @Override
  public List<String> clusters(FileEntry file) {
    UnixSkEntry entry = file.getUsk();
    List<String> names = new ArrayList<>();
    names.add("unix socket " + Integer.toUnsignedString(entry.getIno()));
    if (entry.getPeer() != 0) {
      names.add("unix socket " + Integer.toUnsignedString(entry.getPeer()));
    }
    UnixName name = UnixName.of(entry);
    if (!name.isUnbound()) {
      names.add("unix name " + name);
    }
    for (QueueImage.Packet packet : packets.getOrDefault(file.getId(), List.of())) {
      if (!packet.sender().isUnbound()) {
        names.add("unix name " + packet.sender());
      }
    }
    return names;
  }

  @Override
  public List<Integer> needs(FileEntry file) {
    List<Integer> needed = new ArrayList<>();
    for (QueueImage.Packet packet : packets.getOrDefault(file.getId(), List.of())) {
      needed.addAll(packet.rights());
    }
    return needed;
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    new UnixCluster(cluster, packets, new Outside(planner.images()), planner).plan();
  }

  static boolean isConnected(UnixSkEntry entry) {
    return entry.getType() != SOCK_DGRAM && entry.getState() == UnixCapture.ESTABLISHED;
  }
}
