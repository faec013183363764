package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.launcher.LauncherRootAgent;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/**
 * A container that the real runtime makes for a restore, from the caller's configuration of today.
 * Its first process is the launcher, which waits to be filled; see docs/decisions.
 */
final class BoxContainer implements AutoCloseable {
  private static final Path PLACE = Path.of("/run/stasis");
  private static final int HELLO_MILLIS = 60_000;

  private final Caller caller;
  private final RealRuntime runtime;
  private final GlobalArguments globals;
  private final RestoreArguments arguments;
  private final Path folder;
  private final @Nullable ConsoleSocket console;
  private int pid;

  private BoxContainer(
      Caller caller,
      RealRuntime runtime,
      GlobalArguments globals,
      RestoreArguments arguments,
      Path folder,
      @Nullable ConsoleSocket console) {
    this.caller = caller;
    this.runtime = runtime;
    this.globals = globals;
    this.arguments = arguments;
    this.folder = folder;
    this.console = console;
  }

  /**
   * Prepares a folder for the runtime.
   *
   * @param spec the caller's configuration
   * @throws IOException when there can be none
   */
  static BoxContainer prepare(
      Caller caller,
      RealRuntime runtime,
      GlobalArguments globals,
      RestoreArguments arguments,
      BoxSpec spec)
      throws IOException {
    Files.createDirectories(PLACE);
    Path folder = Files.createTempDirectory(PLACE, "box-");
    caller.cleanUpLater(List.of("/bin/rm", "-r", "-f", folder.toString()));
    boolean forwarded =
        spec.terminal() && !arguments.detach() && arguments.consoleSocket().isEmpty();
    return new BoxContainer(
        caller,
        runtime,
        globals,
        arguments,
        folder,
        forwarded ? ConsoleSocket.listen(folder.resolve("console")) : null);
  }

  /**
   * Has the runtime make and start the container.
   *
   * @param spec the same configuration
   * @return its first process
   * @throws IOException when the runtime does not; nothing of the container is left
   */
  LauncherRootAgent start(BoxSpec spec) throws IOException {
    JsonObject made = spec.made(AgentPrivileges.of(caller.pid()));
    Files.write(folder.resolve("config.json"), made.bytes());
    Seqpacket[] pair = Seqpacket.pair();
    caller.cleanUpLater(runtime.deletion(globals, arguments.containerId()));
    try (Seqpacket theirs = pair[1];
        Fd executable = Fd.open("/proc/" + caller.pid() + "/exe", Open.O_RDONLY | Open.O_CLOEXEC)) {
      List<String> line = runtime.line(globals, create());
      int status = caller.run(line, List.of(executable, theirs.fd()));
      if (status != 0) {
        pair[0].close();
        throw refused("create", status);
      }
    }
    try {
      pid = Integer.parseInt(Files.readString(pidFile()).strip());
      int status = runtime.run(globals, "start", arguments.containerId());
      if (status != 0) {
        throw refused("start", status);
      }
      if (console != null) {
        console.receive();
      }
      return LauncherRootAgent.inBox(pair[0], pid, spec.box(), HELLO_MILLIS);
    } catch (IOException e) {
      pair[0].close();
      delete();
      throw e;
    }
  }

  private IOException refused(String command, int status) {
    return new IOException(
        runtime.path() + " " + command + " ended with status " + status + "; it has said why");
  }

  private List<String> create() {
    List<String> words = new ArrayList<>(List.of("create", "--bundle", folder.toString()));
    words.addAll(List.of("--pid-file", pidFile().toString(), "--preserve-fds", "2"));
    if (console != null) {
      words.addAll(List.of("--console-socket", console.path().toString()));
    }
    arguments.consoleSocket().ifPresent(path -> words.addAll(List.of("--console-socket", path)));
    if (arguments.noPivot()) {
      words.add("--no-pivot");
    }
    words.add(arguments.containerId());
    return words;
  }

  private Path pidFile() {
    return folder.resolve("pid");
  }

  /** The container's first process, in the caller's and the engine's pid namespace. */
  int pid() {
    return pid;
  }

  /** The master of its terminal, if that is to be forwarded; null else. */
  @Nullable Fd takeConsole() {
    return console == null ? null : console.take();
  }

  /** Where the runtime keeps what it knows of the container. */
  Path state() {
    return runtime.state(globals, arguments.containerId());
  }

  /** Has the runtime remove the container with all that is in it. */
  void delete() throws SyscallException {
    runtime.delete(globals, arguments.containerId());
  }

  /** Nothing of the making is left: the container stays, or is gone, also when this engine ends. */
  @Override
  public void close() throws IOException {
    if (console != null) {
      console.close();
    }
    for (Path file : List.of(folder.resolve("config.json"), pidFile(), folder)) {
      Files.deleteIfExists(file);
    }
    caller.forgetCleaning();
  }
}
