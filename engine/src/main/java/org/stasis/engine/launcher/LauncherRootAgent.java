package org.stasis.engine.launcher;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Cancellation;
import org.stasis.engine.RootAgent;
import org.stasis.engine.UndoStep;
import org.stasis.engine.options.Box;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.KernelString;
import org.stasis.linux.Memfd;
import org.stasis.linux.PidFd;
import org.stasis.linux.Poll;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;

/**
 * A launcher that serves as root agent, at the other end of a socket. Closing it without {@link
 * #exit} makes the launcher say that the engine has failed, and exit with status 1.
 *
 * <p>One thread at a time gives orders; {@link #cancellation()} may be asked from any.
 */
public final class LauncherRootAgent implements RootAgent, AutoCloseable {
  private static final int FIRST_PASSED = 3;

  /** Of {@code enum undo_kind}: the only kind that is no {@link UndoStep}. */
  private static final int UNDO_RUN = 4;

  private final Seqpacket socket;
  private final PidFd process;
  private final Seqpacket.Credentials peer;
  private final List<Poll.Interest> answerOrEnd;
  private final List<Poll.Interest> end;
  private final @Nullable Box box;
  private boolean programStarted;

  private LauncherRootAgent(
      Seqpacket socket, PidFd process, Seqpacket.Credentials peer, @Nullable Box box) {
    this.box = box;
    this.socket = socket;
    this.process = process;
    this.peer = peer;
    Poll.Interest ended = new Poll.Interest(process.fd(), Poll.POLLIN);
    this.answerOrEnd = List.of(new Poll.Interest(socket.fd(), Poll.POLLIN), ended);
    this.end = List.of(new Poll.Interest(socket.fd(), 0), ended); // a hang-up is always told
  }

  /**
   * Takes what a launcher says first. A launcher that is of another version, or that this process
   * cannot see, is told to look for another engine.
   *
   * @param socket connected to it; closed together with the agent, or when this fails
   * @param timeoutMillis how long it may take to say it
   * @return the launcher, to be told {@link #welcome} or {@link #refuse}; when it is closed
   *     instead, the launcher starts another engine to serve it and those that follow
   * @throws IOException when it is no launcher, or one that was sent away
   */
  public static LauncherRootAgent greet(Seqpacket socket, int timeoutMillis) throws IOException {
    try {
      Seqpacket.Credentials peer = socket.peer();
      if (peer.pid() == 0) {
        socket.send(LauncherMessage.of(LauncherMessage.REFUSE, 0).encode(List.of()), null);
        throw new IOException("the caller's pid namespace is not visible from here");
      }
      PidFd process = processOf(socket, peer.pid());
      try {
        LauncherRootAgent agent = new LauncherRootAgent(socket, process, peer, null);
        agent.checkHello(timeoutMillis);
        return agent;
      } catch (IOException e) {
        throw closing(process, e);
      }
    } catch (IOException e) {
      throw closing(socket, e);
    }
  }

  /**
   * Takes what the first process of a container says first, which is a launcher executed there with
   * an end of a socket pair.
   *
   * @param socket this process's end; closed together with the agent, or when this fails
   * @param pid the container's first process
   * @param box the container
   * @param timeoutMillis how long it may take to say it
   * @return the launcher, whose session has begun
   * @throws IOException when it ended, or is no launcher
   */
  public static LauncherRootAgent inBox(Seqpacket socket, int pid, Box box, int timeoutMillis)
      throws IOException {
    try {
      PidFd process = PidFd.open(pid, 0);
      try {
        Seqpacket.Credentials peer = new Seqpacket.Credentials(pid, 0, 0);
        LauncherRootAgent agent = new LauncherRootAgent(socket, process, peer, box);
        agent.checkHello(timeoutMillis);
        agent.welcome();
        return agent;
      } catch (IOException e) {
        throw closing(process, e);
      }
    } catch (IOException e) {
      throw closing(socket, e);
    }
  }

  private static PidFd processOf(Seqpacket socket, int pid) throws SyscallException {
    try {
      return PidFd.of(socket.peerPidfd());
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOPROTOOPT)) {
        throw e;
      }
    }
    PidFd opened = PidFd.open(pid, 0); // before Linux 6.5; the launcher alone holds its end, so
    if ((Poll.await(socket.fd(), 0, 0) & Poll.POLLHUP) != 0) { // while that is open, so is its pid
      throw closing(opened, new SyscallException("pidfd_open " + pid, Errno.ESRCH.number()));
    }
    return opened;
  }

  private static <E extends IOException> E closing(AutoCloseable resource, E failure) {
    try {
      resource.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  private void checkHello(int timeoutMillis) throws IOException {
    if (Poll.await(socket.fd(), Poll.POLLIN, timeoutMillis) == 0) {
      throw new IOException("pid " + pid() + " connected and said nothing");
    }
    LauncherMessage hello = receive();
    if (hello.kind() != LauncherMessage.HELLO || hello.value() != LauncherMessage.MAGIC) {
      throw new IOException("pid " + pid() + " is no launcher of Stasis: it said " + hello);
    }
    if (hello.address() != LauncherMessage.VERSION) {
      refuse();
      throw new IOException(
          "the launcher, pid "
              + pid()
              + ", speaks version "
              + hello.address()
              + " and the engine "
              + LauncherMessage.VERSION);
    }
  }

  /**
   * Begins the session: from now on the launcher relies on this engine alone.
   *
   * @throws SyscallException when it is gone
   */
  public void welcome() throws SyscallException {
    send(LauncherMessage.of(LauncherMessage.WELCOME, 0), null);
  }

  @Override
  public int pid() {
    return peer.pid();
  }

  /**
   * The user that the launcher runs as.
   *
   * @return the effective uid when it connected, in the engine's user namespace
   */
  public int uid() {
    return peer.uid();
  }

  /**
   * The launcher's process.
   *
   * @return still owned by this object
   */
  public PidFd process() {
    return process;
  }

  /**
   * Tells when the launcher has ended: killed, interrupted at the terminal, or told to exit.
   *
   * @return asks with one system call
   */
  public Cancellation cancellation() {
    return this::ended;
  }

  private boolean ended() {
    try {
      int[] events = Poll.await(end, 0);
      return (events[0] & Poll.POLLHUP) != 0 || events[1] != 0;
    } catch (SyscallException e) {
      throw new AssertionError("poll(2) of descriptors that are open", e);
    }
  }

  @Override
  public Optional<Box> box() {
    return Optional.ofNullable(box);
  }

  @Override
  public Fd descriptor(int number) throws SyscallException {
    return process.getFd(number);
  }

  @Override
  public void map(Fd file, long address, long lengthBytes, int protection) throws SyscallException {
    order(
        new LauncherMessage(LauncherMessage.MAP, protection, address, lengthBytes, 0),
        file,
        "mapping shared memory");
  }

  @Override
  public void mapStack(long address, long lengthBytes) throws SyscallException {
    order(
        new LauncherMessage(LauncherMessage.STACK, 0, address, lengthBytes, 0),
        null,
        "mapping a stack");
  }

  @Override
  public void unmap(long address, long lengthBytes) throws SyscallException {
    order(
        new LauncherMessage(LauncherMessage.UNMAP, 0, address, lengthBytes, 0), null, "unmapping");
  }

  @Override
  public void keep(Fd file, int number) throws SyscallException {
    order(
        new LauncherMessage(LauncherMessage.KEEP, number, 0, 0, 0),
        file,
        "keeping a file as fd " + number);
  }

  @Override
  public void undoLater(int number, UndoStep step) throws SyscallException {
    List<String> names =
        step.kind() == UndoStep.Kind.RENAME
            ? List.of(step.name(), step.target())
            : List.of(step.name());
    undoLater(number, step.kind().number(), names, step.directory());
  }

  private void undoLater(int number, int kind, List<String> names, @Nullable Fd directory)
      throws SyscallException {
    int bytes = 0;
    for (String name : names) {
      bytes += KernelString.encode(name).length + 1;
    }
    send(new LauncherMessage(LauncherMessage.UNDO, number, bytes, kind, 0), names, directory);
  }

  /**
   * Has the launcher run a program should this engine end without a word.
   *
   * @param number to {@link #forget} it by
   * @param arguments the program's path, then its arguments
   * @throws SyscallException when the launcher is gone
   */
  public void runLater(int number, List<String> arguments) throws SyscallException {
    undoLater(number, UNDO_RUN, arguments, null);
  }

  @Override
  public void forget(int number) throws SyscallException {
    send(LauncherMessage.of(LauncherMessage.FORGET, number), null);
  }

  @Override
  public void startProgram(long entry, long channel, long program, long stackTop)
      throws SyscallException {
    send(new LauncherMessage(LauncherMessage.RUN, program, channel, entry, stackTop), null);
    programStarted = true;
  }

  @Override
  public int awaitProgram() throws SyscallException {
    if (!programStarted) {
      throw new IllegalStateException("no program was started");
    }
    int state = (int) answer("running a program");
    programStarted = false;
    return state;
  }

  /**
   * Waits until one of the launcher's children has ended, and reaps it.
   *
   * @param child its pid in the launcher's namespace, or -1 for any
   * @return its wait status as of wait(2)
   * @throws SyscallException ECHILD when it has no such child
   */
  public int awaitChild(int child) throws SyscallException {
    return (int)
        order(LauncherMessage.of(LauncherMessage.WAIT, child), null, "waiting for " + child);
  }

  /**
   * As {@link #awaitChild}, while whatever the launcher is told by signals goes to the child, and
   * other children that end are reaped.
   *
   * @param child its pid in the launcher's namespace
   * @param console the master of the child's terminal, which the launcher's own then stands for;
   *     closed here, so that it ends with the launcher. Null when it has none
   * @return its wait status as of wait(2)
   * @throws SyscallException ECHILD when it has no such child
   */
  public int attendChild(int child, @Nullable Fd console) throws SyscallException {
    try (console) {
      send(new LauncherMessage(LauncherMessage.WAIT, child, 0, 1, 0), console);
    }
    return (int) answer("attending " + child);
  }

  /**
   * Waits until the launcher has no child left.
   *
   * @throws SyscallException when it is gone
   */
  public void awaitChildren() throws SyscallException {
    order(LauncherMessage.of(LauncherMessage.WAIT_ALL, 0), null, "waiting for all children");
  }

  /**
   * Makes the launcher become another program, which keeps its pid, descriptors and environment.
   *
   * @param arguments the program's path, then its arguments
   * @param output becomes standard output and standard error; null leaves them as they are
   * @throws SyscallException execve(2); E2BIG when there are more than the launcher takes
   */
  public void exec(List<String> arguments, @Nullable Fd output) throws SyscallException {
    checkNumber(arguments);
    socket.send(
        LauncherMessage.of(LauncherMessage.EXEC, arguments.size()).encode(arguments), output);
    Seqpacket.Message answer = socket.receive();
    if (answer.bytes().length > 0) { // else it closed on exec
      check(LauncherMessage.decode(answer.bytes()), "execve " + arguments.getFirst());
    }
  }

  /**
   * Makes the launcher the parent of its descendants that lose theirs.
   *
   * @throws SyscallException when it is gone
   */
  public void adoptOrphans() throws SyscallException {
    order(LauncherMessage.of(LauncherMessage.ADOPT, 0), null, "becoming a child subreaper");
  }

  /**
   * Has the launcher start a program as its child, which has the launcher's standard descriptors,
   * environment and surroundings.
   *
   * @param arguments the program's path, then its arguments
   * @param passed descriptors that the child gets as numbers 3, 4, …; what the launcher has there
   *     is closed
   * @return its pid in the launcher's namespace, for {@link #awaitChild}
   * @throws SyscallException E2BIG when there are more arguments than the launcher takes; fork(2)
   */
  public int spawn(List<String> arguments, List<Fd> passed) throws SyscallException {
    checkNumber(arguments);
    for (int i = 0; i < passed.size(); i++) {
      keep(passed.get(i), FIRST_PASSED + i);
    }
    socket.send(
        new LauncherMessage(LauncherMessage.SPAWN, arguments.size(), 0, passed.size(), 0)
            .encode(arguments),
        null);
    return (int) answer("starting " + arguments.getFirst());
  }

  /**
   * Asks for the OCI runtime that the launcher stands in front of.
   *
   * @return the runtime's path, or why there is none, beginning with {@code stasis: }
   * @throws SyscallException when the launcher is gone
   */
  public String realRuntime() throws SyscallException {
    try (Fd answer = Memfd.create("runtime", Memfd.MFD_CLOEXEC)) {
      send(LauncherMessage.of(LauncherMessage.RUNTIME, 0), answer);
      try {
        answer("looking for the real runtime");
      } catch (SyscallException e) {
        if (!e.is(Errno.ENOENT)) {
          throw e;
        }
      }
      byte[] text = new byte[(int) answer.stat().size()];
      int length = answer.pread(text, 0, text.length, 0);
      return KernelString.decode(text, 0, length);
    }
  }

  private static void checkNumber(List<String> arguments) throws SyscallException {
    if (arguments.size() > LauncherMessage.MAX_ARGUMENTS) {
      throw new SyscallException("execve " + arguments.getFirst(), Errno.E2BIG.number());
    }
  }

  /**
   * Ends the launcher; one that runs a program yet, after that.
   *
   * @param status its exit status, 0 to 255
   * @throws SyscallException when it is gone already
   */
  public void exit(int status) throws SyscallException {
    sendAnyway(LauncherMessage.of(LauncherMessage.EXIT, status), List.of(), null);
  }

  /**
   * Sends the launcher to an engine of its own.
   *
   * @throws SyscallException when it is gone
   */
  public void refuse() throws SyscallException {
    send(LauncherMessage.of(LauncherMessage.REFUSE, 0), null);
  }

  @Override
  public void close() throws SyscallException {
    try (process) {
      socket.close();
    }
  }

  private long order(LauncherMessage order, @Nullable Fd descriptor, String doing)
      throws SyscallException {
    send(order, descriptor);
    return answer(doing);
  }

  private void send(LauncherMessage order, @Nullable Fd descriptor) throws SyscallException {
    send(order, List.of(), descriptor);
  }

  private void send(LauncherMessage order, List<String> texts, @Nullable Fd descriptor)
      throws SyscallException {
    if (programStarted) {
      throw new IllegalStateException("the launcher is running a program");
    }
    sendAnyway(order, texts, descriptor);
  }

  private void sendAnyway(LauncherMessage order, List<String> texts, @Nullable Fd descriptor)
      throws SyscallException {
    try {
      socket.send(order.encode(texts), descriptor);
    } catch (SyscallException e) {
      throw e.is(Errno.EPIPE) || e.is(Errno.ECONNRESET) ? gone(e) : e;
    }
  }

  private long answer(String doing) throws SyscallException {
    int[] events = Poll.await(answerOrEnd, -1);
    if ((events[0] & Poll.POLLIN) == 0) {
      throw gone(null); // a child that holds its end of the socket may outlive it
    }
    return check(receive(), doing);
  }

  private long check(LauncherMessage answer, String doing) throws SyscallException {
    if (answer.kind() != LauncherMessage.DONE) {
      throw new SyscallException("launcher, " + doing + ": said " + answer, Errno.EPROTO.number());
    }
    return Syscall.check(answer.value(), "launcher, " + doing);
  }

  private LauncherMessage receive() throws SyscallException {
    Seqpacket.Message message = socket.receive();
    if (message.descriptor() != null) {
      message.descriptor().close();
    }
    if (message.bytes().length == 0) {
      throw gone(null);
    }
    return LauncherMessage.decode(message.bytes());
  }

  private SyscallException gone(@Nullable SyscallException cause) {
    SyscallException gone = new SyscallException("launcher " + pid(), Errno.ESRCH.number());
    if (cause != null) {
      gone.initCause(cause);
    }
    return gone;
  }
}
