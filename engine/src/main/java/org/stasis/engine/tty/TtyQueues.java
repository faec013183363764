package org.stasis.engine.tty;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.proto.TtyDataEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.SyscallException;
import org.stasis.linux.Terminal;
import org.stasis.linux.Termios;

/**
 * What was written to one end of a pseudo-terminal and not yet read from the other. The kernel lets
 * nobody look without taking, so what is taken is put back at once: bytes for the master by writing
 * to the slave unprocessed, bytes for the slave as if typed. Half a line that was typed but not
 * ended shows nowhere and is lost.
 */
final class TtyQueues {
  private static final int BUFFER_BYTES = 4096;

  private TtyQueues() {}

  /** A pseudo-terminal with both ends in the tree. */
  record Pair(int slaveId, OpenFile master, OpenFile slave) {}

  static void write(List<Pair> pairs, ImageSetWriter images) throws StasisException, IOException {
    List<TtyDataEntry> entries = new ArrayList<>();
    for (Pair pair : pairs) {
      try {
        add(TtyNumbers.masterOf(pair.slaveId()), copyMaster(pair), entries);
        add(pair.slaveId(), copySlave(pair), entries);
      } catch (SyscallException e) {
        throw new StasisException(
            pair.slave().task().describe(),
            "copying what is queued in " + pair.slave().describe(),
            "",
            e);
      }
    }
    images.writeAll(ImageKind.TTY_DATA, entries);
  }

  private static void add(int id, byte[] data, List<TtyDataEntry> entries) {
    if (data.length > 0) {
      entries.add(
          TtyDataEntry.newBuilder().setTtyId(id).setData(ByteString.copyFrom(data)).build());
    }
  }

  private static byte[] copyMaster(Pair pair) throws StasisException, SyscallException {
    Fd master = pair.master().duplicate();
    if (!isReadable(master)) {
      return new byte[0];
    }
    boolean packets = Terminal.is(master, Terminal.TIOCGPKT, "TIOCGPKT");
    if (packets) {
      Terminal.setPacketMode(master, false);
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER_BYTES];
    while (isReadable(master)) { // asking also brings up what waits behind a full buffer
      data.write(buffer, 0, master.read(buffer, 0, buffer.length));
    }
    byte[] taken = data.toByteArray();
    for (byte typed : taken) {
      Terminal.type(master, typed); // a master processes nothing
    }
    if (packets) {
      Terminal.setPacketMode(master, true);
    }
    return taken;
  }

  private static boolean isReadable(Fd terminal) throws SyscallException {
    return (Poll.await(terminal, Poll.POLLIN, 0) & Poll.POLLIN) != 0;
  }

  private static byte[] copySlave(Pair pair) throws StasisException, SyscallException {
    Fd slave = pair.slave().duplicate();
    int readable = Terminal.readable(slave);
    Termios settings = readable == 0 ? null : Terminal.settings(slave);
    if (settings == null) {
      return new byte[0];
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    ByteArrayOutputStream typing = new ByteArrayOutputStream();
    while (readable > 0) { // so much is there, so it does not wait; each read ends with a line
      byte[] piece = new byte[readable];
      int length = slave.read(piece, 0, readable);
      data.write(piece, 0, length);
      typing.writeBytes(Typing.of(Arrays.copyOf(piece, length), settings));
      readable = Terminal.readable(slave);
    }
    Terminal.setSettings(slave, Typing.settings(settings));
    for (byte typed : typing.toByteArray()) {
      Terminal.type(slave, typed);
    }
    Terminal.setSettings(slave, settings);
    return data.toByteArray();
  }
}
