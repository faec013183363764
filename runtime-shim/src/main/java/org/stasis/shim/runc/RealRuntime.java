package org.stasis.shim.runc;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.Fd;
import org.stasis.linux.Memfd;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/**
 * The OCI runtime that makes, starts and deletes containers, run as a child of the caller's
 * process.
 *
 * @param path of its executable
 * @param caller in whose place it is run
 */
record RealRuntime(String path, Caller caller) {
  private static final int BUFFER = 8192;

  /**
   * The one that the launcher stands in front of.
   *
   * @throws RuntimeFailure when there is none
   */
  static RealRuntime of(Caller caller) throws RuntimeFailure, SyscallException {
    String path = caller.realRuntime();
    if (path.startsWith("stasis: ")) {
      throw new RuntimeFailure(path);
    }
    return new RealRuntime(path, caller);
  }

  /** Whose habits it has, by its name. */
  RuntimeKind kind() {
    return RuntimeKind.named(name());
  }

  /** The last part of its path. */
  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Where it keeps what it knows of all containers, openable by this process. */
  Path root(GlobalArguments globals) {
    return caller.resolve(
        globals
            .root()
            .orElseGet(() -> kind().defaultRoot(caller.environment(), caller.effectiveUid())));
  }

  /**
   * Where it keeps what it knows of a container.
   *
   * @param globals what stands before the command
   * @param id the container's
   * @return its folder, openable by this process; it may not be there
   */
  Path state(GlobalArguments globals, String id) {
    return root(globals).resolve(id);
  }

  /**
   * Runs it to its end.
   *
   * @param globals what stands before the command
   * @param words the command and what follows
   * @return its exit status
   */
  int run(GlobalArguments globals, String... words) throws SyscallException {
    return caller.run(line(globals, List.of(words)), List.of());
  }

  /**
   * Has it remove a container with all that is in it.
   *
   * @return its exit status
   */
  int delete(GlobalArguments globals, String id) throws SyscallException {
    return caller.run(deletion(globals, id), List.of());
  }

  /** The command line of {@link #delete}. */
  List<String> deletion(GlobalArguments globals, String id) {
    return line(globals, List.of("delete", "--force", id));
  }

  /** A command line. */
  List<String> line(GlobalArguments globals, List<String> words) {
    List<String> line = new ArrayList<>(List.of(path));
    line.addAll(globals.words());
    line.addAll(words);
    return line;
  }

  /**
   * What a run ended with and wrote to its standard output.
   *
   * @param status its exit status
   * @param output what it wrote
   */
  record Result(int status, String output) {}

  /**
   * Runs it to its end and takes what it writes to standard output; errors go to the caller's.
   *
   * @param globals what stands before the command
   * @param words the command and what follows
   */
  Result output(GlobalArguments globals, String... words) throws SyscallException {
    List<String> line = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$0\" \"$@\" >&3 3>&-"));
    line.addAll(line(globals, List.of(words)));
    try (Fd output = Memfd.create("output", Memfd.MFD_CLOEXEC)) {
      int status = caller.run(line, List.of(output));
      return new Result(status, content(output));
    }
  }

  private static String content(Fd file) throws SyscallException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER];
    int got;
    while ((got = file.pread(buffer, 0, BUFFER, bytes.size())) > 0) {
      bytes.write(buffer, 0, got);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
