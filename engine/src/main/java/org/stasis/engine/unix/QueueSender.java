package org.stasis.engine.unix;

import static org.stasis.linux.socket.SocketOption.MSG_DONTWAIT;
import static org.stasis.linux.socket.SocketOption.MSG_NOSIGNAL;
import static org.stasis.linux.socket.SocketOption.SCM_CREDENTIALS;
import static org.stasis.linux.socket.SocketOption.SCM_RIGHTS;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SO_SNDBUF;
import static org.stasis.linux.socket.SocketOption.SO_SNDBUFFORCE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.images.proto.SkSenderEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/** Plans the sending of packets that were in a queue. */
final class QueueSender {
  static final String REMEDY =
      "Raise net.core.wmem_max or net.unix.max_dgram_qlen to what they were at the dump.";

  private static final int OVERHEAD_BYTES = 4096; // more than the kernel adds to one packet
  private static final int HEADER_BYTES = 16; // struct cmsghdr

  // struct msghdr
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTOR_LENGTH = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int MESSAGE_BYTES = 56;

  private final SocketProgram to;
  private final Program program;
  private final FilePlanner planner;

  QueueSender(SocketProgram to, FilePlanner planner) {
    this.to = to;
    this.program = to.program();
    this.planner = planner;
  }

  /**
   * Makes room in a sender's buffer.
   *
   * @param sender its descriptor
   * @param packets all that it has to send before anybody receives
   */
  void enlarge(Argument sender, List<QueueImage.Packet> packets) {
    long bytes = 0;
    for (QueueImage.Packet packet : packets) {
      bytes += 2L * packet.data().length + OVERHEAD_BYTES;
    }
    int doubled = (int) Math.min(Math.max(2 * bytes, 1 << 20), Integer.MAX_VALUE - 1);
    SocketOptions.planBuffer(doubled, sender, SO_SNDBUF, SO_SNDBUFFORCE, to);
  }

  /**
   * Sends a packet over a connection.
   *
   * @param sender its descriptor
   * @param packet what was in the queue of its peer
   */
  void send(Argument sender, QueueImage.Packet packet) {
    send(sender, packet, new byte[0]);
  }

  /**
   * Sends a packet.
   *
   * @param sender its descriptor
   * @param packet what was in a queue
   * @param address of the socket whose queue it was; empty over a connection
   */
  void send(Argument sender, QueueImage.Packet packet, byte[] address) {
    if (packet.data().length > 0 && !packet.hasAncillary() && address.length == 0) {
      to.send(sender, packet.data(), 0);
      return;
    }
    long message = to.plan().data(header(packet, address));
    if (address.length > 0) {
      point(message + NAME, to.plan().data(address));
    }
    Argument vector = to.plan().longs(0, packet.data().length);
    point(vector.value(), to.plan().data(packet.data()));
    point(message + VECTOR, vector.value());
    if (packet.hasAncillary()) {
      point(message + CONTROL, control(packet));
    }
    program.call(
        Expect.equal(packet.data().length),
        SyscallNumber.SENDMSG,
        sender,
        Argument.channel(message),
        Argument.of(MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  private static byte[] header(QueueImage.Packet packet, byte[] address) {
    ByteBuffer header = ByteBuffer.allocate(MESSAGE_BYTES).order(ByteOrder.nativeOrder());
    header.putInt(NAME_LENGTH, address.length);
    header.putLong(VECTOR_LENGTH, 1);
    header.putLong(CONTROL_LENGTH, controlBytes(packet));
    return header.array();
  }

  private static int controlBytes(QueueImage.Packet packet) {
    int rights = packet.rights().size();
    int bytes = rights == 0 ? 0 : aligned(HEADER_BYTES + rights * Integer.BYTES);
    return packet.entry().hasSender() ? bytes + aligned(HEADER_BYTES + 3 * Integer.BYTES) : bytes;
  }

  private static int aligned(int bytes) {
    return (bytes + Long.BYTES - 1) & -Long.BYTES;
  }

  /** The ancillary data; numbers of descriptors are put in when they are known. */
  private long control(QueueImage.Packet packet) {
    List<Integer> rights = packet.rights();
    ByteBuffer control = ByteBuffer.allocate(controlBytes(packet)).order(ByteOrder.nativeOrder());
    int rightsAt = 0;
    if (!rights.isEmpty()) {
      control.putLong(HEADER_BYTES + (long) rights.size() * Integer.BYTES);
      control.putInt(SOL_SOCKET).putInt(SCM_RIGHTS);
      rightsAt = control.position();
      control.position(aligned(rightsAt + rights.size() * Integer.BYTES));
    }
    if (packet.entry().hasSender()) {
      SkSenderEntry sender = packet.entry().getSender();
      control.putLong(HEADER_BYTES + 3 * Integer.BYTES).putInt(SOL_SOCKET).putInt(SCM_CREDENTIALS);
      // one that is gone cannot be named; the task that sends stands in
      control.putInt(sender.getPid() == 0 ? planner.task() : sender.getPid());
      control.putInt(sender.getUid()).putInt(sender.getGid());
    }
    long at = to.plan().data(control.array());
    for (int i = 0; i < rights.size(); i++) {
      program.add(
          Verb.STORE32,
          Expect.ANY,
          Argument.channel(at + rightsAt + (long) i * Integer.BYTES),
          planner.descriptor(planner.task(), rights.get(i)));
    }
    return at;
  }

  private void point(long from, long target) {
    program.add(Verb.STORE64, Expect.ANY, Argument.channel(from), Argument.channel(target));
  }
}
