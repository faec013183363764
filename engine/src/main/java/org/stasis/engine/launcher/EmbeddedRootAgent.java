package org.stasis.engine.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.stasis.engine.RootAgent;
import org.stasis.engine.UndoStep;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallException;

/**
 * A root agent for Java programs that embed the engine: the launcher, started as a child of this
 * JVM. What it restores becomes the launcher's child, with the launcher's descriptors, working
 * directory and environment as {@link ProcessBuilder} set them.
 *
 * <pre>{@code
 * try (EmbeddedRootAgent root = EmbeddedRootAgent.start(new ProcessBuilder("/usr/sbin/criu"))) {
 *   engine.restore(options, root, ActionListener.NONE);
 * }
 * }</pre>
 *
 * <p>Restored tasks live on when it is closed; pid 1, or the nearest subreaper, becomes their
 * parent.
 */
public final class EmbeddedRootAgent implements RootAgent, AutoCloseable {
  private static final int START_MILLIS = 30_000;
  private static final int END_MILLIS = 10_000;
  private static final int LOOK_MILLIS = 50;

  private final Process child;
  private final LauncherRootAgent agent;
  private boolean programStarted;

  private EmbeddedRootAgent(Process child, LauncherRootAgent agent) {
    this.child = child;
    this.agent = agent;
  }

  /**
   * Starts a launcher and waits until it takes orders.
   *
   * @param builder its command is the launcher's path, {@code criu} or {@code stasis} of a Stasis
   *     distribution; arguments mean nothing to it. Its environment gets {@code STASIS_ENGINE}
   * @return the root agent
   * @throws IOException when it cannot be started, or is not a launcher of this version
   */
  public static EmbeddedRootAgent start(ProcessBuilder builder) throws IOException {
    Path directory = Files.createTempDirectory("stasis"); // for this user alone
    Path name = directory.resolve("engine");
    try (Seqpacket listening = Seqpacket.listen(name.toString(), 1)) {
      builder.environment().put("STASIS_ENGINE", name.toString());
      Process child = builder.start();
      try {
        return new EmbeddedRootAgent(child, accept(listening, child));
      } catch (IOException e) {
        child.destroyForcibly();
        throw e;
      }
    } finally {
      Files.deleteIfExists(name);
      Files.delete(directory);
    }
  }

  /**
   * Starts a launcher that shares this JVM's standard descriptors; see {@link
   * #start(ProcessBuilder)}.
   *
   * @param launcher its path
   * @return the root agent
   * @throws IOException when it cannot be started, or is not a launcher of this version
   */
  public static EmbeddedRootAgent start(Path launcher) throws IOException {
    return start(new ProcessBuilder(launcher.toString()).inheritIO());
  }

  private static LauncherRootAgent accept(Seqpacket listening, Process child) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
    while (Poll.await(listening.fd(), Poll.POLLIN, LOOK_MILLIS) == 0) {
      if (!child.isAlive()) {
        throw new IOException("the launcher exited with status " + child.exitValue());
      }
      if (System.nanoTime() > deadline) {
        throw new IOException("the launcher did not connect");
      }
    }
    LauncherRootAgent agent = LauncherRootAgent.greet(listening.accept(), START_MILLIS);
    if (agent.pid() != child.pid()) {
      int stranger = agent.pid();
      agent.close();
      throw new IOException("pid " + stranger + " connected in place of the launcher");
    }
    agent.welcome();
    return agent;
  }

  @Override
  public int pid() {
    return agent.pid();
  }

  /**
   * The launcher, for what is no business of a restore: waiting for its children, its end.
   *
   * @return still owned by this object
   */
  public LauncherRootAgent launcher() {
    return agent;
  }

  @Override
  public Fd descriptor(int number) throws SyscallException {
    return agent.descriptor(number);
  }

  @Override
  public void map(Fd file, long address, long lengthBytes, int protection) throws SyscallException {
    agent.map(file, address, lengthBytes, protection);
  }

  @Override
  public void mapStack(long address, long lengthBytes) throws SyscallException {
    agent.mapStack(address, lengthBytes);
  }

  @Override
  public void unmap(long address, long lengthBytes) throws SyscallException {
    agent.unmap(address, lengthBytes);
  }

  @Override
  public void keep(Fd file, int number) throws SyscallException {
    agent.keep(file, number);
  }

  @Override
  public void undoLater(int number, UndoStep step) throws SyscallException {
    agent.undoLater(number, step);
  }

  @Override
  public void forget(int number) throws SyscallException {
    agent.forget(number);
  }

  @Override
  public void startProgram(long entry, long channel, long program, long stackTop)
      throws SyscallException {
    agent.startProgram(entry, channel, program, stackTop);
    programStarted = true;
  }

  @Override
  public int awaitProgram() throws SyscallException {
    int state = agent.awaitProgram();
    programStarted = false;
    return state;
  }

  /**
   * Ends the launcher; one that still runs a program is killed.
   *
   * @throws SyscallException when that fails
   */
  @Override
  public void close() throws SyscallException {
    try (agent) {
      if (agent.cancellation().requested()) {
        return;
      }
      if (programStarted) {
        agent.process().sendSignal(Signal.SIGKILL);
      } else {
        agent.exit(0);
      }
      agent.process().awaitEnd(END_MILLIS);
    }
  }
}
