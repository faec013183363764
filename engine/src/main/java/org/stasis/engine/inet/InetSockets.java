package org.stasis.engine.inet;

import static org.stasis.linux.socket.SocketOption.AF_INET;
import static org.stasis.linux.socket.SocketOption.AF_INET6;
import static org.stasis.linux.socket.SocketOption.SOCK_RAW;

import java.util.Collection;
import java.util.List;
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
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.tcp.TcpDump;
import org.stasis.engine.tcp.TcpRestore;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.linux.SyscallException;

/** Internet sockets as a kind of file. */
public final class InetSockets implements FileKind {
  private @Nullable InetCapture capture;
  private @Nullable TcpDump dump;
  private @Nullable TcpRestore restore;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.INETSK);
  }

  @Override
  public boolean claims(OpenFile file) throws StasisException {
    int family = Sockets.family(file);
    return family == AF_INET || family == AF_INET6;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    try {
      InetCapture known = capture;
      if (known == null) {
        SocketNamespaces namespaces = new SocketNamespaces(to);
        dump = new TcpDump(to, namespaces);
        known = new InetCapture(namespaces, dump);
        capture = known;
      }
      known.capture(file, Sockets.family(file), to);
    } catch (SyscallException e) {
      throw Sockets.failed(file, e);
    }
  }

  @Override
  public void inventory(InventoryEntry.Builder inventory) {
    if (dump != null) {
      dump.inventory(inventory);
    }
  }

  @Override
  public void captured(CaptureContext to) throws StasisException {
    if (capture != null) {
      capture.captured();
    }
  }

  @Override
  public void beforeKilling() throws StasisException {
    if (dump != null) {
      dump.prepareToBury();
    }
  }

  @Override
  public void killed() throws StasisException {
    if (dump != null) {
      dump.bury();
    }
  }

  @Override
  public void beforeLeaving() throws StasisException {
    if (dump != null) {
      dump.letGo();
    }
  }

  @Override
  public void begin(RebuildContext context) {
    restore = new TcpRestore(context);
  }

  /** Sockets on one port are bound by one task: who comes first decides who may come after. */
  @Override
  public List<String> clusters(FileEntry file) {
    InetSkEntry socket = file.getIsk();
    return socket.getType() == SOCK_RAW || socket.getSrcPort() == 0
        ? List.of()
        : List.of("port " + socket.getProto() + ' ' + socket.getSrcPort());
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    if (restore == null) {
      throw new IllegalStateException("the rebuild has not begun");
    }
    new InetCluster(planner, restore).plan(cluster);
  }

  @Override
  public void beforeResuming(RebuiltTree tree) throws StasisException {
    if (restore != null) {
      restore.release(tree);
    }
  }

  @Override
  public void undo() throws StasisException {
    if (restore != null) {
      restore.undo();
    }
  }
}
