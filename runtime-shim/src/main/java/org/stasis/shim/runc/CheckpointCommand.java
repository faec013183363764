package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.OptionalInt;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.ActionRefusedException;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.images.proto.CriuOpts;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.criu.OwnRequests;
import org.stasis.shim.criu.rpc.RequestException;

/**
 * {@code checkpoint}: writes a container's processes to images, whoever made the container. Unless
 * it shall run on, the real runtime then removes it.
 */
final class CheckpointCommand {
  private static final int SUCCESS = 0;
  private static final String DEFAULT_IMAGES = "checkpoint";
  private static final String LOG_FILE = "dump.log";
  private static final int LOG_LEVEL = 4;
  private static final String MARKER = "checkpoint";
  private static final int MARKER_MODE = 0644;
  private static final String DESCRIPTORS = "descriptors.json";
  private static final int DESCRIPTORS_MODE = 0600;

  private final CheckpointEngine engine;
  private final RuntimeLog log;

  CheckpointCommand(CheckpointEngine engine, RuntimeLog log) {
    this.engine = engine;
    this.log = log;
  }

  /**
   * Checkpoints.
   *
   * @param globals what stands before the command
   * @param arguments what is asked for
   * @param caller whose working directory, descriptors and place
   * @return the exit status
   * @throws RuntimeFailure when it cannot be done; the container runs on
   */
  int run(GlobalArguments globals, CheckpointArguments arguments, Caller caller)
      throws RuntimeFailure, SyscallException {
    RealRuntime runtime = RealRuntime.of(caller);
    Container container = container(globals, arguments.containerId(), runtime);
    NotCarried.refuse(arguments);
    CriuOpts.Builder options = options(arguments);
    ContainerStatus status = ContainerStatus.of(container);
    if (status != ContainerStatus.RUNNING && status != ContainerStatus.PAUSED) {
      throw new RuntimeFailure("Container cannot be checkpointed in " + status.word() + " state");
    }
    if (caller.effectiveUid() != 0) {
      log.line(RuntimeLog.Level.WARNING, "checkpoints by users other than root are untested");
    }
    describe(container, caller, options);
    if (arguments.archive().isPresent()) {
      archive(container, arguments, options.build(), caller);
    } else {
      String images = arguments.imagePath().orElse(DEFAULT_IMAGES);
      String work = arguments.workPath().orElse(images);
      dump(container, images, work, options.build(), caller, marking(container));
    }
    if (!arguments.leaveRunning()) {
      remove(globals, container, runtime);
    }
    return SUCCESS;
  }

  private static Container container(GlobalArguments globals, String id, RealRuntime runtime)
      throws RuntimeFailure, SyscallException {
    Container container = Container.read(runtime.root(globals), id);
    if (container.maker().isContradictedBy(runtime.name())) {
      throw new RuntimeFailure(
          "container "
              + id
              + " was made by "
              + container.maker().word()
              + ", but the real runtime of this command is "
              + runtime.path()
              + ": call it as stasis-"
              + container.maker().word());
    }
    return container;
  }

  /** What of the options goes into every dump, as runc sends it. */
  private static CriuOpts.Builder options(CheckpointArguments arguments) throws RuntimeFailure {
    CriuOpts.Builder options =
        CriuOpts.newBuilder()
            .setImagesDirFd(-1)
            .setLogLevel(LOG_LEVEL)
            .setLogFile(LOG_FILE)
            .setNotifyScripts(true)
            .setOrphanPtsMaster(true)
            .setManageCgroups(true)
            .setShellJob(arguments.shellJob())
            .setLeaveRunning(arguments.leaveRunning())
            .setTcpEstablished(arguments.tcpEstablished())
            .setTcpSkipInFlight(arguments.tcpSkipInFlight())
            .setLinkRemap(arguments.linkRemap())
            .setExtUnixSk(arguments.extUnixSockets())
            .setFileLocks(arguments.fileLocks());
    for (String namespace : arguments.emptyNamespaces()) {
      if (!namespace.equals("network")) {
        throw new RuntimeFailure("namespace \"" + namespace + "\" is not supported");
      }
    }
    CgroupModeWord.set(options, arguments.manageCgroupsMode());
    NetworkLockWord.set(options, arguments.networkLock());
    return options;
  }

  /** What of the options the container decides. */
  private static void describe(Container container, Caller caller, CriuOpts.Builder options)
      throws RuntimeFailure, SyscallException {
    options.setPid(container.pid()).setRoot(container.rootfs());
    container.freezer().ifPresent(group -> options.setFreezeCgroup(group.toString()));
    if (container.maker() == RuntimeKind.RUNC) {
      options.setEmptyNs(NamespaceKind.NET.flag()); // runc fills the namespace, at a restore too
    }
    CriuConfiguration.of(container.criuConfiguration(), container.maker(), caller)
        .ifPresent(options::setConfigFile);
    new ExternalResources(container, caller.resolve(container.rootfs())).addTo(options);
  }

  /** The images go by way of a folder of their own, unless the caller wants to keep them. */
  private void archive(
      Container container, CheckpointArguments arguments, CriuOpts options, Caller caller)
      throws RuntimeFailure, SyscallException {
    String file = arguments.archive().orElseThrow();
    CheckpointArchive archive = CheckpointArchive.of(file, arguments, container, caller, log);
    if (arguments.imagePath().isPresent()) {
      String images = arguments.imagePath().get();
      String work = arguments.workPath().orElse(images);
      dump(container, images, work, options, caller, packing(container, archive, images, caller));
      return;
    }
    try (TemporaryFolder folder = TemporaryFolder.make(caller)) {
      String images = folder.name();
      String work = arguments.workPath().orElse(images);
      try {
        dump(container, images, work, options, caller, packing(container, archive, images, caller));
      } catch (RuntimeFailure e) {
        throw folder.keeping(LOG_FILE, e);
      }
    } catch (IOException e) {
      throw new RuntimeFailure("archive " + file + ": " + e.getMessage(), e);
    }
  }

  /** While the container stands still: what it changed in its files goes with its memory. */
  private static ActionListener packing(
      Container container, CheckpointArchive archive, String images, Caller caller) {
    ActionListener marking = marking(container);
    return (Action stage, OptionalInt rootPid) -> {
      if (stage == Action.POST_DUMP) {
        try {
          archive.create(caller.resolve(images));
        } catch (IOException e) {
          throw new ActionRefusedException(stage, "making the archive: " + e.getMessage());
        }
      }
      marking.reached(stage, rootPid);
    };
  }

  private void dump(
      Container container,
      String imagesName,
      String workName,
      CriuOpts options,
      Caller caller,
      ActionListener client)
      throws RuntimeFailure, SyscallException {
    Path images = folder(caller.resolve(imagesName), imagesName);
    Path work = folder(caller.resolve(workName), workName);
    write(images.resolve(DESCRIPTORS), DESCRIPTORS_MODE, JsonObject.text(container.descriptors()));
    try {
      new OwnRequests(caller, engine).dump(options, images, work, client);
    } catch (RequestException e) {
      throw RuntimeFailure.of("DUMP", e, workName + "/" + LOG_FILE);
    }
  }

  /** runc leaves an empty file in the folder of a container that was checkpointed. */
  private static ActionListener marking(Container container) {
    return (Action stage, OptionalInt rootPid) -> {
      if (stage == Action.POST_DUMP && container.maker() == RuntimeKind.RUNC) {
        try {
          write(container.folder().resolve(MARKER), MARKER_MODE, "");
        } catch (SyscallException e) {
          throw new ActionRefusedException(stage, "writing the marker: " + e.getMessage());
        }
      }
    };
  }

  private static Path folder(Path path, String name) throws RuntimeFailure {
    try {
      return Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new RuntimeFailure("mkdir " + name + ": " + e.getMessage(), e);
    }
  }

  private static void write(Path file, int mode, String text) throws SyscallException {
    int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_TRUNC | Open.O_CLOEXEC;
    try (Fd fd = Fd.open(file.toString(), flags, mode)) {
      fd.writeFully(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The images are complete: a container that cannot be removed does not make them worse. */
  private void remove(GlobalArguments globals, Container container, RealRuntime runtime)
      throws SyscallException {
    int status = runtime.delete(globals, container.id());
    if (status != SUCCESS) {
      log.line(
          RuntimeLog.Level.WARNING,
          runtime.path()
              + " delete --force "
              + container.id()
              + " ended with status "
              + status
              + " after the checkpoint");
    }
  }
}
