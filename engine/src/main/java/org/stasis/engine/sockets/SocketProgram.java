package org.stasis.engine.sockets;

import static org.stasis.linux.socket.SocketOption.AF_UNIX;
import static org.stasis.linux.socket.SocketOption.MSG_DONTWAIT;
import static org.stasis.linux.socket.SocketOption.MSG_NOSIGNAL;
import static org.stasis.linux.socket.SocketOption.SOCK_CLOEXEC;

import java.util.HashMap;
import java.util.Map;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/** Appends the calls of socket(7) to a program. */
public final class SocketProgram {
  private final Plan plan;
  private final Program program;
  private final Map<Integer, Argument> numbers = new HashMap<>(); // option values, each kept once

  /**
   * Starts with a program.
   *
   * @param plan takes the data
   * @param program takes the calls
   */
  public SocketProgram(Plan plan, Program program) {
    this.plan = plan;
    this.program = program;
  }

  /**
   * The program itself, for calls that are not about sockets.
   *
   * @return what the calls are appended to
   */
  public Program program() {
    return program;
  }

  /**
   * The plan, for data.
   *
   * @return what the data is added to
   */
  public Plan plan() {
    return plan;
  }

  /**
   * Says what the following calls are for.
   *
   * @param doing what to what
   * @param remedy what the user can do when it fails
   */
  public void why(String doing, String remedy) {
    program.why(doing, remedy);
  }

  /**
   * Appends socket(2).
   *
   * @param family {@code AF_}
   * @param type {@code SOCK_}
   * @param protocol of the family
   * @return the descriptor
   */
  public Argument open(int family, int type, int protocol) {
    return program.call(
        SyscallNumber.SOCKET, (long) family, (long) (type | SOCK_CLOEXEC), (long) protocol);
  }

  /**
   * Appends socketpair(2) of Unix sockets.
   *
   * @param type {@code SOCK_}
   * @return both descriptors
   */
  public Pair pair(int type) {
    long room = plan.reserve(2 * Integer.BYTES);
    program.call(
        SyscallNumber.SOCKETPAIR,
        Argument.of(AF_UNIX),
        Argument.of(type | SOCK_CLOEXEC),
        Argument.ZERO,
        Argument.channel(room));
    return new Pair(Argument.word(room), Argument.word(room + Integer.BYTES));
  }

  /**
   * Two connected sockets.
   *
   * @param one a descriptor
   * @param other the other descriptor
   */
  public record Pair(Argument one, Argument other) {}

  /**
   * Appends bind(2).
   *
   * @param socket the descriptor
   * @param address the whole {@code sockaddr}
   */
  public void bind(Argument socket, byte[] address) {
    named(SyscallNumber.BIND, socket, address);
  }

  /**
   * Appends connect(2).
   *
   * @param socket the descriptor
   * @param address the whole {@code sockaddr}
   */
  public void connect(Argument socket, byte[] address) {
    named(SyscallNumber.CONNECT, socket, address);
  }

  private void named(int call, Argument socket, byte[] address) {
    program.call(call, socket, bytes(address), Argument.of(address.length));
  }

  /**
   * Appends listen(2).
   *
   * @param socket the descriptor
   * @param backlog how many connections may wait
   */
  public void listen(Argument socket, int backlog) {
    program.call(SyscallNumber.LISTEN, socket, Argument.of(backlog));
  }

  /**
   * Appends accept4(2).
   *
   * @param socket a descriptor that listens
   * @return the connection's descriptor
   */
  public Argument accept(Argument socket) {
    return program.call(
        SyscallNumber.ACCEPT4, socket, Argument.ZERO, Argument.ZERO, Argument.of(SOCK_CLOEXEC));
  }

  /**
   * Appends shutdown(2).
   *
   * @param socket the descriptor
   * @param how {@code SHUT_}
   * @param expect which results are fine
   */
  public void shutdown(Argument socket, int how, Expect expect) {
    program.call(expect, SyscallNumber.SHUTDOWN, socket, Argument.of(how));
  }

  /**
   * Appends send(2) of a whole message; a full buffer fails and does not wait.
   *
   * @param socket the descriptor
   * @param data what to send
   * @param flags further {@code MSG_} flags
   */
  public void send(Argument socket, byte[] data, int flags) {
    program.call(
        Expect.equal(data.length),
        SyscallNumber.SENDTO,
        socket,
        bytes(data),
        Argument.of(data.length),
        Argument.of(flags | MSG_DONTWAIT | MSG_NOSIGNAL),
        Argument.ZERO,
        Argument.ZERO);
  }

  /**
   * Appends close(2).
   *
   * @param descriptor any
   */
  public void close(Argument descriptor) {
    program.call(SyscallNumber.CLOSE, descriptor);
  }

  /**
   * Appends the setting of an option that is an {@code int}.
   *
   * @param socket the descriptor
   * @param level {@code SOL_}
   * @param option of the level
   * @param value its value
   */
  public void set(Argument socket, int level, int option, int value) {
    set(Expect.SUCCESS, socket, level, option, value);
  }

  /**
   * Appends the setting of an option that is an {@code int} and that may be refused.
   *
   * @param expect which results are fine
   * @param socket the descriptor
   * @param level {@code SOL_}
   * @param option of the level
   * @param value its value
   */
  public void set(Expect expect, Argument socket, int level, int option, int value) {
    Argument address = numbers.computeIfAbsent(value, plan::ints);
    set(expect, socket, level, option, address, Integer.BYTES);
  }

  /**
   * Appends the setting of an option of any type.
   *
   * @param socket the descriptor
   * @param level {@code SOL_}
   * @param option of the level
   * @param value its bytes
   */
  public void set(Argument socket, int level, int option, byte[] value) {
    set(Expect.SUCCESS, socket, level, option, bytes(value), value.length);
  }

  /**
   * Appends the setting of an option whose value is in the channel.
   *
   * @param expect which results are fine
   * @param socket the descriptor
   * @param level {@code SOL_}
   * @param option of the level
   * @param address of its value
   * @param length of its value, in bytes
   */
  public void set(
      Expect expect, Argument socket, int level, int option, Argument address, int length) {
    program.call(
        expect,
        SyscallNumber.SETSOCKOPT,
        socket,
        Argument.of(level),
        Argument.of(option),
        address,
        Argument.of(length));
  }

  private Argument bytes(byte[] bytes) {
    return Argument.channel(plan.data(bytes));
  }
}
