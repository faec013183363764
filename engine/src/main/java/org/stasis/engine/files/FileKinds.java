package org.stasis.engine.files;

import java.util.List;
import org.stasis.engine.bpf.BpfMaps;
import org.stasis.engine.epoll.Epolls;
import org.stasis.engine.eventfd.Eventfd;
import org.stasis.engine.fifo.Fifos;
import org.stasis.engine.fsnotify.Fanotifies;
import org.stasis.engine.fsnotify.Inotifies;
import org.stasis.engine.inet.InetSockets;
import org.stasis.engine.locks.FileLocks;
import org.stasis.engine.memfd.Memfds;
import org.stasis.engine.netlink.NetlinkSockets;
import org.stasis.engine.packet.PacketSockets;
import org.stasis.engine.pidfd.Pidfds;
import org.stasis.engine.pipe.Pipes;
import org.stasis.engine.regular.RegularFiles;
import org.stasis.engine.signalfd.Signalfd;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.timerfd.Timerfds;
import org.stasis.engine.tty.Ttys;
import org.stasis.engine.unix.UnixSockets;
import org.stasis.engine.unsupported.UnsupportedFiles;

/** The kinds of open files that are carried. */
public final class FileKinds {
  private FileKinds() {}

  /**
   * Makes instances for one dump or restore.
   *
   * @return in the order they are to be asked; the last claims everything
   */
  public static List<FileKind> all() {
    return List.of(
        new Pipes(),
        new Fifos(),
        new Eventfd(),
        new Signalfd(),
        new Timerfds(),
        new Epolls(),
        new Inotifies(),
        new Fanotifies(),
        new Pidfds(),
        new Memfds(),
        new BpfMaps(),
        new UnixSockets(),
        new InetSockets(),
        new NetlinkSockets(),
        new PacketSockets(),
        new Ttys(),
        new RegularFiles(),
        new FileLocks(),
        new UnsupportedFiles());
  }
}
