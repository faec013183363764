package org.stasis.linux.ipc;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.foreign.Scratch;

/** Message queues, msgop(2). */
public final class MessageQueues {
  private static final int MSG_NOERROR = 010000;
  private static final int MSG_COPY = 040000;

  /** {@code struct msqid64_ds}. */
  static final StructLayout LAYOUT =
      structLayout(
              Ipc.PERMISSIONS.withName("msg_perm"),
              JAVA_LONG.withName("msg_stime"),
              JAVA_LONG.withName("msg_rtime"),
              JAVA_LONG.withName("msg_ctime"),
              JAVA_LONG.withName("msg_cbytes"),
              JAVA_LONG.withName("msg_qnum"),
              JAVA_LONG.withName("msg_qbytes"),
              JAVA_INT.withName("msg_lspid"),
              JAVA_INT.withName("msg_lrpid"),
              paddingLayout(16))
          .withName("struct msqid64_ds");

  private static final long QBYTES = LAYOUT.byteOffset(groupElement("msg_qbytes"));

  private MessageQueues() {}

  /**
   * A message.
   *
   * @param type a positive number
   * @param text its bytes
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to an image; nobody compares them
  public record Message(long type, byte[] text) {}

  /**
   * Makes a queue, msgget(2).
   *
   * @param key 0 for one without
   * @param flags {@code IPC_} flags and a mode
   * @return its id
   * @throws SyscallException msgget(2)
   */
  public static int make(int key, int flags) throws SyscallException {
    return (int) Syscall.check(Syscall.raw(SyscallNumber.MSGGET, key, flags), "msgget");
  }

  /**
   * How many bytes a queue may hold.
   *
   * @param id the queue
   * @return its limit
   * @throws SyscallException msgctl(2)
   */
  public static long limitBytes(int id) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment struct = scratch.allocate(LAYOUT);
      Syscall.check(
          Syscall.raw(SyscallNumber.MSGCTL, id, Ipc.IPC_STAT, struct.address()), "msgctl");
      return struct.get(JAVA_LONG, QBYTES);
    }
  }

  /**
   * Gives a queue to somebody.
   *
   * @param id the queue
   * @param uid its owner
   * @param gid its group
   * @param mode permissions
   * @param limitBytes how many bytes it may hold
   * @throws SyscallException msgctl(2); EPERM for a limit above the namespace's without
   *     CAP_SYS_RESOURCE
   */
  public static void set(int id, int uid, int gid, int mode, long limitBytes)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment struct = scratch.allocate(LAYOUT);
      Ipc.set(struct, uid, gid, mode);
      struct.set(JAVA_LONG, QBYTES, limitBytes);
      Syscall.check(Syscall.raw(SyscallNumber.MSGCTL, id, Ipc.IPC_SET, struct.address()), "msgctl");
    }
  }

  /**
   * A message that stays in its queue, MSG_COPY of msgrcv(2).
   *
   * @param id the queue
   * @param index which, counted from 0
   * @param longestBytes how much room it gets
   * @return the message
   * @throws SyscallException ENOMSG when there are not so many; ENOSYS from a kernel without
   *     checkpoint and restore
   */
  public static Message peek(int id, long index, long longestBytes) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment buffer = scratch.allocateDirty(Long.BYTES + longestBytes);
      long length =
          Syscall.check(
              Syscall.raw(
                  SyscallNumber.MSGRCV,
                  id,
                  buffer.address(),
                  longestBytes,
                  index,
                  MSG_COPY | MSG_NOERROR | Ipc.IPC_NOWAIT,
                  0),
              "msgrcv");
      byte[] text = new byte[(int) length];
      MemorySegment.copy(buffer, JAVA_BYTE, Long.BYTES, text, 0, text.length);
      return new Message(buffer.get(JAVA_LONG, 0), text);
    }
  }

  /**
   * Puts a message at the end of a queue.
   *
   * @param id the queue
   * @param message what to send
   * @throws SyscallException EAGAIN when it is full
   */
  public static void send(int id, Message message) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment buffer = scratch.allocateDirty(Long.BYTES + message.text().length);
      buffer.set(JAVA_LONG, 0, message.type());
      MemorySegment.copy(message.text(), 0, buffer, JAVA_BYTE, Long.BYTES, message.text().length);
      Syscall.check(
          Syscall.raw(
              SyscallNumber.MSGSND, id, buffer.address(), message.text().length, Ipc.IPC_NOWAIT),
          "msgsnd");
    }
  }
}
