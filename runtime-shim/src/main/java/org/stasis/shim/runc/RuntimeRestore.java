package org.stasis.shim.runc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.Names;
import org.stasis.linux.SyscallException;

/**
 * {@code restore} by the real runtime, which finds Stasis in the place of criu: for containers
 * without a pid namespace of their own. The first process that a runtime makes in such a container
 * has whatever pid the kernel gives it, and cannot become one that had another.
 *
 * @param runtime that restores
 * @param globals what stands before the command
 * @param arguments what is asked for
 */
record RuntimeRestore(RealRuntime runtime, GlobalArguments globals, RestoreArguments arguments) {
  private static final String CRIU = "criu";
  private static final String WITHOUT_CRIU =
      " cannot restore a container without a pid namespace of its own: it was built without criu;"
          + " use runc, or give the container a pid namespace";

  /**
   * Restores.
   *
   * @param bundle the folder of config.json
   * @param images the checkpoint
   * @param work where log and statistics go
   * @return the runtime's exit status, which is the container's when it was waited for
   * @throws RuntimeFailure when the runtime cannot restore
   */
  int run(Path bundle, Path images, Path work) throws RuntimeFailure, SyscallException {
    requireCriuSupport();
    List<String> line = new ArrayList<>(List.of("/bin/sh", "-c"));
    line.add("PATH=$0${PATH:+:$PATH} exec \"$@\"");
    line.add(folderOfCriu());
    line.addAll(
        runtime.line(
            globals, arguments.forRuntime(bundle.toString(), images.toString(), work.toString())));
    return runtime.caller().runAttended(line);
  }

  /** crun can be built without it, and then has no such command. */
  private void requireCriuSupport() throws RuntimeFailure, SyscallException {
    if (runtime.kind() == RuntimeKind.CRUN
        && !runtime.output(globals, "--version").output().contains("+CRIU")) {
      throw new RuntimeFailure(runtime.path() + WITHOUT_CRIU);
    }
  }

  /** The launcher's own: it is criu too, by that name. */
  private String folderOfCriu() throws RuntimeFailure, SyscallException {
    Path program = Path.of(Names.readLink(null, "/proc/" + runtime.caller().pid() + "/exe"));
    Path folder = program.resolveSibling(".").normalize();
    if (!Files.isExecutable(folder.resolve(CRIU))) {
      throw new RuntimeFailure(
          folder + " has no " + CRIU + " beside " + program.getFileName() + ": install it again");
    }
    return folder.toString();
  }
}
