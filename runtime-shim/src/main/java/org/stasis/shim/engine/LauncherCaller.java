package org.stasis.shim.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.RootAgent;
import org.stasis.engine.launcher.LauncherRootAgent;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.Processes;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/** A launcher as the doors see it: what it hands over is read from its {@code /proc} folder. */
final class LauncherCaller implements Caller, AutoCloseable {
  private static final int FAILED = 1;

  private final LauncherRootAgent agent;
  private final String folder;
  private final List<String> arguments;
  private final Fd workingDirectory;
  private final LauncherWatch watch;

  /** What no step of a restore has as its number: these count from 1. */
  private static final int CLEANING = -1;

  /** What shells add to the signal that ended a program. */
  private static final int SIGNALLED = 128;

  private @Nullable Map<String, String> environment;
  private List<String> command = List.of();
  private @Nullable Fd commandOutput;

  /**
   * Reads the command line.
   *
   * @param agent the launcher; stays the session's
   * @throws IOException when it is gone
   */
  LauncherCaller(LauncherRootAgent agent) throws IOException {
    this.agent = agent;
    this.folder = "/proc/" + agent.pid();
    this.arguments = List.copyOf(texts("cmdline"));
    this.workingDirectory = Fd.open(folder + "/cwd", Open.O_PATH | Open.O_CLOEXEC);
    this.watch = new LauncherWatch(agent);
  }

  private List<String> texts(String file) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of(folder, file));
    List<String> texts = new ArrayList<>();
    for (int start = 0, i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        texts.add(KernelString.decode(bytes, start, i - start));
        start = i + 1;
      }
    }
    return texts;
  }

  @Override
  public List<String> arguments() {
    return arguments;
  }

  @Override
  public Map<String, String> environment() {
    if (environment == null) {
      Map<String, String> variables = new LinkedHashMap<>();
      try {
        for (String text : texts("environ")) {
          int sign = text.indexOf('=');
          if (sign > 0) {
            variables.putIfAbsent(text.substring(0, sign), text.substring(sign + 1));
          }
        }
      } catch (IOException e) {
        throw new IllegalStateException("the environment of " + agent.pid(), e);
      }
      environment = Map.copyOf(variables);
    }
    return environment;
  }

  @Override
  public int pid() {
    return agent.pid();
  }

  @Override
  public int effectiveUid() {
    return agent.uid();
  }

  /**
   * {@inheritDoc}
   *
   * <p>A descriptor of ours, since what was begun has to be undone also when the caller is gone.
   */
  @Override
  public Path workingDirectory() {
    return Path.of("/proc/" + Processes.self() + "/fd/" + workingDirectory.number());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Its root directory is ours, see {@link Place}. Names that mean the process that uses them,
   * such as {@code /proc/self/fd/5} and {@code /dev/stdin}, are made to mean the caller.
   */
  @Override
  public Path resolve(String path) {
    if (!path.startsWith("/")) {
      return workingDirectory().resolve(path);
    }
    for (String[] own : OWN_NAMES) {
      if (path.equals(own[0]) || path.startsWith(own[0] + "/")) {
        return Path.of(folder + own[1] + path.substring(own[0].length()));
      }
    }
    return Path.of(path);
  }

  private static final String[][] OWN_NAMES = {
    {"/proc/self", ""},
    {"/proc/thread-self", ""},
    {"/dev/fd", "/fd"},
    {"/dev/stdin", "/fd/0"},
    {"/dev/stdout", "/fd/1"},
    {"/dev/stderr", "/fd/2"},
  };

  @Override
  public Fd descriptor(int number) throws SyscallException {
    return agent.descriptor(number);
  }

  @Override
  public RootAgent rootAgent() {
    return agent;
  }

  @Override
  public void awaitChildren() throws SyscallException {
    agent.awaitChildren();
  }

  @Override
  public void execute(List<String> newCommand, @Nullable Fd output) throws SyscallException {
    closeCommandOutput();
    command = List.copyOf(newCommand);
    commandOutput = output == null ? null : output.duplicate();
  }

  @Override
  public int run(List<String> program, List<Fd> passed) throws SyscallException {
    return exitStatus(agent.awaitChild(start(program, passed)));
  }

  @Override
  public int runAttended(List<String> program) throws SyscallException {
    return attendChild(start(program, List.of()), null);
  }

  private int start(List<String> program, List<Fd> passed) throws SyscallException {
    for (String candidate : CommandSearch.candidates(program.getFirst(), environment())) {
      if (Files.isExecutable(resolve(candidate)) && !Files.isDirectory(resolve(candidate))) {
        List<String> line = new ArrayList<>(program);
        line.set(0, candidate);
        return agent.spawn(line, passed);
      }
    }
    throw new SyscallException("execve " + program.getFirst(), Errno.ENOENT.number());
  }

  @Override
  public String realRuntime() throws SyscallException {
    return agent.realRuntime();
  }

  @Override
  public void cleanUpLater(List<String> program) throws SyscallException {
    agent.runLater(CLEANING, program);
  }

  @Override
  public void forgetCleaning() throws SyscallException {
    agent.forget(CLEANING);
  }

  @Override
  public void adoptOrphans() throws SyscallException {
    agent.adoptOrphans();
  }

  @Override
  public int attendChild(int child, @Nullable Fd console) throws SyscallException {
    return exitStatus(agent.attendChild(child, console));
  }

  private static int exitStatus(int status) {
    int signal = status & 0x7f;
    return signal == 0 ? status >> 8 & 0xff : SIGNALLED + signal;
  }

  @Override
  public boolean cancelled() {
    return watch.cancelled();
  }

  @Override
  public void onCancel(Runnable action) {
    watch.onCancel(action);
  }

  /**
   * Says something on the caller's standard error, as far as that can be reached.
   *
   * @param text without the line's end
   */
  void complain(String text) {
    try (Fd stderr = agent.descriptor(2)) {
      stderr.writeFully((text + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (SyscallException e) {
      EngineLog.say(text + " (not told to " + agent.pid() + ": " + e.getMessage() + ")");
    }
  }

  /**
   * Ends the launcher, or has it become the command it was given.
   *
   * @param status the exit status
   * @throws SyscallException when it is gone
   */
  void end(int status) throws SyscallException {
    if (status != 0 || command.isEmpty()) {
      agent.exit(status);
      return;
    }
    SyscallException failure = new SyscallException(command.getFirst(), 2);
    for (String candidate : CommandSearch.candidates(command.getFirst(), environment())) {
      List<String> line = new ArrayList<>(command);
      line.set(0, candidate);
      try {
        agent.exec(line, commandOutput);
        return;
      } catch (SyscallException e) {
        failure = e;
      }
    }
    complain("stasis: cannot execute " + command.getFirst() + ": " + failure.getMessage());
    agent.exit(FAILED);
  }

  private void closeCommandOutput() throws SyscallException {
    if (commandOutput != null) {
      commandOutput.close();
      commandOutput = null;
    }
  }

  @Override
  public void close() throws SyscallException {
    try (workingDirectory) {
      watch.close();
      closeCommandOutput();
    }
  }
}
