package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.ActionListener;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.RestoreResult;
import org.stasis.engine.StasisException;
import org.stasis.engine.launcher.LauncherRootAgent;
import org.stasis.engine.options.Box;
import org.stasis.engine.options.CgroupMode;
import org.stasis.engine.options.CgroupOptions;
import org.stasis.engine.options.InheritFd;
import org.stasis.engine.options.LsmProfile;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.log.SessionLog;

/**
 * {@code restore}: has the real runtime make the container of the caller's configuration of today,
 * with the launcher as its first process, and fills it with what was checkpointed.
 */
final class RestoreCommand {
  private static final Logger LOG = LoggerFactory.getLogger(RestoreCommand.class);
  private static final int EVERYTHING = 4;
  private static final int LOG_MODE = 0600;
  private static final int STANDARD_DESCRIPTORS = 3;

  private final CheckpointEngine engine;
  private final RuntimeLog log;

  RestoreCommand(CheckpointEngine engine, RuntimeLog log) {
    this.engine = engine;
    this.log = log;
  }

  /**
   * Restores.
   *
   * @param globals what stands before the command
   * @param arguments what is asked for
   * @param caller whose working directory, descriptors and place
   * @return the exit status: 0, or that of the container when it was waited for
   * @throws RuntimeFailure when it cannot be done
   */
  int run(GlobalArguments globals, RestoreArguments arguments, Caller caller)
      throws RuntimeFailure, SyscallException {
    refuseNotCarried(arguments);
    RealRuntime runtime = RealRuntime.of(caller);
    Path images = folder(caller, arguments.imagePath().orElse("checkpoint"));
    Path work = arguments.workPath().isEmpty() ? images : workFolder(caller, arguments);
    Path bundle = folder(caller, arguments.bundle().orElse("."));
    byte[] config = read(bundle.resolve("config.json"));
    String text = new String(config, StandardCharsets.UTF_8);
    BoxSpec spec = new BoxSpec(JsonObject.parse("config.json", text), bundle);
    if (!spec.anew().contains(NamespaceKind.PID)) {
      throw new RuntimeFailure(
          "a container without a pid namespace of its own cannot be restored by Stasis as a"
              + " runtime yet: use runc, with Stasis in the place of criu");
    }
    if (!arguments.detach() && !arguments.noSubreaper()) {
      caller.adoptOrphans();
    }
    try (SessionLog session = new SessionLog();
        SessionLog.Attachment _ = session.attach();
        BoxContainer container = BoxContainer.prepare(caller, runtime, globals, arguments)) {
      session.verbosity(EVERYTHING);
      session.writeTo(logFile(work));
      RestoreOptions options = options(arguments, images, work, spec);
      fill(container, options, spec, arguments, caller, work);
      new MadeContainer(runtime.kind(), container.state()).forget(spec, config);
      if (arguments.pidFile().isPresent()) {
        pidFile(caller.resolve(arguments.pidFile().get()), container.pid());
      }
      if (arguments.detach()) {
        return 0;
      }
      int status = caller.awaitChild(container.pid());
      container.delete();
      return status;
    } catch (BoxContainer.RefusedException e) {
      LOG.error("{}", e.getMessage());
      return e.status();
    } catch (IOException e) {
      throw new RuntimeFailure("restore: " + e.getMessage(), e);
    }
  }

  private static void refuseNotCarried(RestoreArguments arguments) throws RuntimeFailure {
    if (arguments.lazyPages()) {
      throw new RuntimeFailure("--lazy-pages is not carried yet: restore without it");
    }
    if (arguments.autoDedup()) {
      throw new RuntimeFailure("--auto-dedup is not carried yet: restore without it");
    }
  }

  private void fill(
      BoxContainer container,
      RestoreOptions options,
      BoxSpec spec,
      RestoreArguments arguments,
      Caller caller,
      Path work)
      throws IOException, RuntimeFailure, BoxContainer.RefusedException {
    try (LauncherRootAgent init = container.start(spec)) {
      boolean done = false;
      try {
        giveAway(init, spec);
        RestoreResult result = engine.restore(options, init, ActionListener.NONE);
        LOG.info("Restored {} as pid {}", arguments.containerId(), result.rootPid());
        done = true;
      } catch (StasisException e) {
        LOG.error("{}", e.getMessage());
        throw new RuntimeFailure(
            "restore failed: " + e.getMessage() + "\nlog file: " + work.resolve("restore.log"), e);
      } finally {
        if (!done) {
          container.delete();
        }
      }
    }
  }

  /** As a runtime does for a user that is not root: it may open its standard streams anew. */
  private static void giveAway(LauncherRootAgent init, BoxSpec spec) throws SyscallException {
    if (spec.user() == 0 || spec.anew().contains(NamespaceKind.USER)) {
      return;
    }
    for (int number = 0; number < STANDARD_DESCRIPTORS; number++) {
      try (Fd fd = init.descriptor(number)) {
        int type = fd.stat().type();
        if (type == Stat.S_IFIFO || type == Stat.S_IFSOCK) {
          Names.changeOwner(fd, "", spec.user(), -1, Open.AT_EMPTY_PATH);
        }
      }
    }
  }

  private static RestoreOptions options(
      RestoreArguments arguments, Path images, Path work, BoxSpec spec) throws RuntimeFailure {
    RestoreOptions.Builder options =
        RestoreOptions.builder(images)
            .workDirectory(work)
            .tcpEstablished(arguments.tcpEstablished())
            .tcpClose(arguments.tcpClose())
            .extUnixSockets(arguments.extUnixSockets())
            .fileLocks(arguments.fileLocks())
            .shellJob(arguments.shellJob())
            .evasiveDevices(true)
            .inheritDescriptors(passedOn(images))
            .box(new Box(spec.anew(), spec.terminal()));
    try {
      arguments.lsmProfile().map(LsmProfile::parse).ifPresent(options::lsmProfile);
    } catch (IllegalArgumentException e) {
      throw new RuntimeFailure("invalid --lsm-profile: " + e.getMessage(), e);
    }
    arguments.lsmMountContext().ifPresent(options::lsmMountContext);
    Optional<CgroupMode> mode = cgroupMode(arguments);
    mode.ifPresent(
        value ->
            options.cgroups(
                new CgroupOptions(
                    value,
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty())));
    return options.build();
  }

  private static Optional<CgroupMode> cgroupMode(RestoreArguments arguments) throws RuntimeFailure {
    String word = arguments.manageCgroupsMode().orElse("");
    return switch (word) {
      case "" -> Optional.empty();
      case "soft" -> Optional.of(CgroupMode.SOFT);
      case "full" -> Optional.of(CgroupMode.FULL);
      case "strict" -> Optional.of(CgroupMode.STRICT);
      case "ignore" -> Optional.of(CgroupMode.IGNORE);
      default -> throw new RuntimeFailure("Invalid manage cgroups mode value: " + word);
    };
  }

  /** What was a pipe to the outside becomes what the caller passes today. */
  private static List<InheritFd> passedOn(Path images) throws RuntimeFailure {
    List<InheritFd> passed = new ArrayList<>();
    Path file = images.resolve("descriptors.json");
    String text = new String(read(file), StandardCharsets.UTF_8);
    List<String> names = JsonObject.parseTexts("descriptors.json", text);
    for (int number = 0; number < names.size(); number++) {
      if (names.get(number).contains("pipe:")) {
        passed.add(new InheritFd(names.get(number), number));
      }
    }
    return passed;
  }

  private static Path folder(Caller caller, String path) throws RuntimeFailure {
    try {
      return caller.resolve(path).toRealPath();
    } catch (NoSuchFileException e) {
      throw new RuntimeFailure(path + ": no such file or directory", e);
    } catch (IOException e) {
      throw new RuntimeFailure(path + ": " + e.getMessage(), e);
    }
  }

  private static Path workFolder(Caller caller, RestoreArguments arguments) throws RuntimeFailure {
    String path = arguments.workPath().orElseThrow();
    try {
      Files.createDirectories(caller.resolve(path));
    } catch (IOException e) {
      throw new RuntimeFailure(path + ": " + e.getMessage(), e);
    }
    return folder(caller, path);
  }

  private static byte[] read(Path file) throws RuntimeFailure {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new RuntimeFailure("open " + file + ": no such file or directory", e);
    } catch (IOException e) {
      throw new RuntimeFailure("open " + file + ": " + e.getMessage(), e);
    }
  }

  private static Fd logFile(Path work) throws SyscallException {
    int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_TRUNC | Open.O_APPEND | Open.O_CLOEXEC;
    return Fd.open(work.resolve("restore.log").toString(), flags, LOG_MODE);
  }

  private static void pidFile(Path file, int pid) throws IOException {
    Path aside = file.resolveSibling("." + file.getFileName());
    Files.writeString(aside, Integer.toString(pid));
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
