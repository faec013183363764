package org.stasis.images;

import com.google.protobuf.Message;
import org.stasis.images.proto.BpfmapDataEntry;
import org.stasis.images.proto.GhostChunkEntry;
import org.stasis.images.proto.GhostFileEntry;
import org.stasis.images.proto.IpcMsg;
import org.stasis.images.proto.IpcMsgEntry;
import org.stasis.images.proto.IpcSemEntry;
import org.stasis.images.proto.IpcShmEntry;
import org.stasis.images.proto.PipeDataEntry;
import org.stasis.images.proto.SkPacketEntry;
import org.stasis.images.proto.TcpStreamEntry;

/**
 * What follows a message in a file: the message says how much.
 *
 * <table>
 * <caption>Payloads by message</caption>
 * <tr><td>sk_packet_entry</td><td>{@code length} bytes</td></tr>
 * <tr><td>pipe_data_entry</td><td>{@code bytes} bytes</td></tr>
 * <tr><td>bpfmap_data_entry</td><td>{@code keys_bytes}, then {@code values_bytes} bytes</td></tr>
 * <tr><td>tcp_stream_entry</td><td>{@code inq_len}, then {@code outq_len} bytes</td></tr>
 * <tr><td>ipc_sem_entry</td><td>{@code nsems} 16-bit words, padded to 8 bytes</td></tr>
 * <tr><td>ipc_shm_entry</td><td>{@code size} bytes padded to 4, unless {@code in_pagemaps}</td></tr>
 * <tr><td>ipc_msg_entry</td><td>{@code qnum} records, each an ipc_msg</td></tr>
 * <tr><td>ipc_msg</td><td>{@code msize} bytes, padded to 8</td></tr>
 * <tr><td>ghost_file_entry</td><td>of a regular file: with {@code chunks}, ghost_chunk_entry records up
 * to the end of the file; else the rest of the file. Of other files: nothing</td></tr>
 * <tr><td>ghost_chunk_entry</td><td>{@code len} bytes</td></tr>
 * </table>
 */
public sealed interface Payload {
  /** Nothing follows. */
  record None() implements Payload {}

  /**
   * So many bytes.
   *
   * @param lengthBytes the bytes themselves
   * @param paddingBytes zeros after them
   */
  record Bytes(long lengthBytes, int paddingBytes) implements Payload {}

  /** Bytes up to the end of the file. */
  record Rest() implements Payload {}

  /**
   * Records, each a message with a payload of its own.
   *
   * @param count how many; {@link #UNTIL_END} when the end of the file says
   * @param prototype an empty message of their type
   */
  record Records(long count, Message prototype) implements Payload {}

  /** The count of records that go on up to the end of the file. */
  long UNTIL_END = -1;

  /** The one without anything. */
  Payload NONE = new None();

  /** File type bits of {@code st_mode}, and their value for a regular file: inode(7). */
  int S_IFMT = 0xf000;

  /** The file type of a regular file in {@code st_mode}. */
  int S_IFREG = 0x8000;

  /** What follows this message, an entry or a record. */
  static Payload of(Message message) {
    if (message instanceof SkPacketEntry packet) return bytes(packet.getLength());
    if (message instanceof PipeDataEntry pipe) return bytes(pipe.getBytes());
    if (message instanceof TcpStreamEntry tcp) {
      return new Bytes(unsigned(tcp.getInqLen()) + unsigned(tcp.getOutqLen()), 0);
    }
    if (message instanceof IpcSemEntry sem) return padded(2 * unsigned(sem.getNsems()), 8);
    if (message instanceof IpcShmEntry shm) {
      return shm.getInPagemaps() ? NONE : padded(shm.getSize(), 4);
    }
    if (message instanceof IpcMsgEntry queue) {
      return new Records(unsigned(queue.getQnum()), IpcMsg.getDefaultInstance());
    }
    if (message instanceof IpcMsg text) return padded(unsigned(text.getMsize()), 8);
    if (message instanceof GhostFileEntry ghost) {
      if ((ghost.getMode() & S_IFMT) != S_IFREG) return NONE;
      return ghost.getChunks()
          ? new Records(UNTIL_END, GhostChunkEntry.getDefaultInstance())
          : new Rest();
    }
    if (message instanceof GhostChunkEntry chunk) return new Bytes(chunk.getLen(), 0);
    if (message instanceof BpfmapDataEntry map) {
      return new Bytes(unsigned(map.getKeysBytes()) + unsigned(map.getValuesBytes()), 0);
    }
    return NONE;
  }

  private static Payload bytes(int length) {
    return new Bytes(unsigned(length), 0);
  }

  /** A length above 2^63 stays negative, which no file can have: the reader refuses it. */
  private static Payload padded(long length, int unit) {
    return new Bytes(length, (int) (-length & (unit - 1)));
  }

  private static long unsigned(int value) {
    return Integer.toUnsignedLong(value);
  }
}
