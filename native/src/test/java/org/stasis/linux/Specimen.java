package org.stasis.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running program to look at; killed when closed. Not a child of the JVM, see nursery.c. */
public final class Specimen implements AutoCloseable {
  private final Process nursery;
  private final BufferedReader output;
  private final int pid;
  private final String[] ready;

  private Specimen(Process nursery) throws IOException {
    this.nursery = nursery;
    this.output = nursery.inputReader(UTF_8);
    this.pid = Integer.parseInt(line("pid ")[0]);
    this.ready = line("ready");
  }

  /** Starts a program of {@code src/test/c} and waits until it says that it is ready. */
  public static Specimen start(String name, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(CProgram.compiled("nursery").toString());
    command.add(CProgram.compiled(name).toString());
    command.addAll(List.of(arguments));
    Process nursery =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      return new Specimen(nursery);
    } catch (IOException | RuntimeException e) {
      nursery.destroyForcibly();
      throw e;
    }
  }

  /** Its pid. */
  public int pid() {
    return pid;
  }

  /** A word it said when it was ready. */
  public String word(int index) {
    return ready[index];
  }

  /** A number it said when it was ready. */
  public long number(int index) {
    return Long.parseUnsignedLong(ready[index]);
  }

  /** Waits until it says something. */
  public void awaitLine(String line) throws IOException {
    line(line);
  }

  /** Waits until it sleeps in a certain system call. */
  public Specimen awaitCall(int number) throws IOException {
    Path file = Path.of("/proc/" + pid + "/syscall");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Files.readString(file).startsWith(number + " ")) {
      if (System.nanoTime() > deadline) {
        throw new IOException("not in call " + number + ": " + Files.readString(file));
      }
      Thread.onSpinWait();
    }
    return this;
  }

  /** Kills it; a test that failed while tracing it lets it go by reaping it. */
  @Override
  public void close() throws IOException {
    nursery.getOutputStream().close();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    try {
      while (!nursery.waitFor(20, TimeUnit.MILLISECONDS)) {
        reapIfTraced();
        if (System.nanoTime() > deadline) {
          throw new IOException("specimen " + pid + " does not end");
        }
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      nursery.destroyForcibly();
    }
  }

  private void reapIfTraced() throws SyscallException {
    try {
      Processes.await(pid, Processes.WNOHANG);
    } catch (SyscallException e) {
      if (!e.is(Errno.ECHILD)) {
        throw e;
      }
    }
  }

  private String[] line(String start) throws IOException {
    String line = output.readLine();
    if (line == null || !line.startsWith(start)) {
      throw new IOException("the specimen said " + line + " instead of " + start);
    }
    return line.substring(start.length()).trim().split(" ");
  }
}
