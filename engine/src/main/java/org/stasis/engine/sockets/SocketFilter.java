package org.stasis.engine.sockets;

import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SO_ATTACH_FILTER;
import static org.stasis.linux.socket.SocketOption.SO_GET_FILTER;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Verb;
import org.stasis.linux.socket.Socket;

/**
 * The classic BPF program of a socket. Images keep an instruction ({@code struct sock_filter}) as
 * {@code code << 48 | jt << 40 | jf << 32 | k}.
 */
public final class SocketFilter {
  private static final int INSTRUCTION_BYTES = 8;
  private static final int PROGRAM_BYTES = 16; // struct sock_fprog: length, padding, address
  private static final long[] NONE = {};

  private SocketFilter() {}

  /**
   * Reads the program.
   *
   * @param socket a duplicate of the task's
   * @return its instructions, none without one
   * @throws SyscallException EACCES when the program is eBPF: the kernel shows nobody which
   */
  public static long[] capture(Fd socket) throws SyscallException {
    int count = Socket.optionLength(socket, SOL_SOCKET, SO_GET_FILTER);
    if (count == 0) {
      return NONE;
    }
    byte[] bytes = Socket.filter(socket, count);
    ByteBuffer program = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    long[] instructions = new long[count];
    for (int i = 0; i < count; i++) {
      long code = Short.toUnsignedLong(program.getShort());
      long jumpTrue = Byte.toUnsignedLong(program.get());
      long jumpFalse = Byte.toUnsignedLong(program.get());
      long constant = Integer.toUnsignedLong(program.getInt());
      instructions[i] = code << 48 | jumpTrue << 40 | jumpFalse << 32 | constant;
    }
    return instructions;
  }

  /**
   * Plans the program, if there is one.
   *
   * @param instructions as the image has them
   * @param socket the descriptor
   * @param to takes the calls
   */
  public static void plan(List<Long> instructions, Argument socket, SocketProgram to) {
    if (instructions.isEmpty()) {
      return;
    }
    ByteBuffer program =
        ByteBuffer.allocate(instructions.size() * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
    for (long instruction : instructions) {
      program.putShort((short) (instruction >> 48)).put((byte) (instruction >> 40));
      program.put((byte) (instruction >> 32)).putInt((int) instruction);
    }
    long code = to.plan().data(program.array());
    Argument head = to.plan().longs(instructions.size(), 0);
    to.program()
        .add(
            Verb.STORE64,
            Expect.SUCCESS,
            Argument.channel(head.value() + Long.BYTES),
            Argument.channel(code));
    to.set(Expect.SUCCESS, socket, SOL_SOCKET, SO_ATTACH_FILTER, head, PROGRAM_BYTES);
  }
}
