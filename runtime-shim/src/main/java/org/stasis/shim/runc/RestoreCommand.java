package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.images.proto.CriuOpts;
import org.stasis.images.proto.InheritFd;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.archive.Archive;
import org.stasis.shim.archive.ArchiveAddress;
import org.stasis.shim.archive.Bundle;
import org.stasis.shim.archive.UnpackOptions;
import org.stasis.shim.criu.OwnRequests;
import org.stasis.shim.criu.rpc.RequestException;

/**
 * {@code restore}: has the real runtime make the container of the caller's configuration of today,
 * with the launcher as its first process, and fills it with what was checkpointed.
 */
final class RestoreCommand {
  private static final String DEFAULT_IMAGES = "checkpoint";
  private static final String INVENTORY = "inventory.img";
  private static final String IN_FOLDER = "archive/checkpoint/";
  private static final String LOG_FILE = "restore.log";
  private static final int LOG_LEVEL = 4;
  private static final int SUCCESS = 0;

  private final CheckpointEngine engine;

  RestoreCommand(CheckpointEngine engine) {
    this.engine = engine;
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
    NotCarried.refuse(arguments);
    RealRuntime runtime = RealRuntime.of(caller);
    if (Files.exists(runtime.state(globals, arguments.containerId()), LinkOption.NOFOLLOW_LINKS)) {
      throw new RuntimeFailure("container with given ID already exists");
    }
    Path bundle = folder(caller, arguments.bundle().orElse("."));
    if (arguments.archive().isPresent()) {
      return unpacked(globals, arguments, runtime, bundle, caller);
    }
    return restore(globals, arguments, runtime, bundle, caller);
  }

  private int unpacked(
      GlobalArguments globals,
      RestoreArguments arguments,
      RealRuntime runtime,
      Path bundle,
      Caller caller)
      throws RuntimeFailure, SyscallException {
    String file = arguments.archive().orElseThrow();
    if (arguments.imagePath().isPresent()) {
      throw new RuntimeFailure("--archive and --image-path are two places for the images");
    }
    try (TemporaryFolder folder = TemporaryFolder.make(caller)) {
      String images = unpack(file, arguments, bundle, folder, caller);
      try {
        return restore(globals, arguments.imagePath(images), runtime, bundle, caller);
      } catch (RuntimeFailure e) {
        throw folder.keeping(IN_FOLDER + LOG_FILE, e);
      }
    } catch (IOException e) {
      throw new RuntimeFailure("archive " + file + ": " + e.getMessage(), e);
    }
  }

  /** Unpacks, and makes the archive's changes in the bundle's root directory. */
  private static String unpack(
      String file, RestoreArguments arguments, Path bundle, TemporaryFolder folder, Caller caller)
      throws IOException {
    UnpackOptions options = UnpackOptions.STANDARD;
    if (!arguments.ignoreRootfs()) {
      String root = Bundle.of(bundle).root();
      options =
          options.withRootfs(root.startsWith("/") ? caller.resolve(root) : bundle.resolve(root));
    }
    Archive.unpack(
        ArchiveAddress.of(file, caller::resolve), folder.path().resolve("archive"), options);
    return folder.name() + "/" + IN_FOLDER.substring(0, IN_FOLDER.length() - 1);
  }

  private int restore(
      GlobalArguments globals,
      RestoreArguments arguments,
      RealRuntime runtime,
      Path bundle,
      Caller caller)
      throws RuntimeFailure, SyscallException {
    String imagesName = arguments.imagePath().orElse(DEFAULT_IMAGES);
    Path images = images(caller, bundle, imagesName);
    String workName = arguments.workPath().orElse(imagesName);
    Path work = arguments.workPath().isEmpty() ? images : workFolder(caller, workName);
    byte[] config = read(bundle.resolve("config.json"));
    String text = new String(config, StandardCharsets.UTF_8);
    BoxSpec spec = new BoxSpec(JsonObject.parse("config.json", text), bundle);
    if (!spec.anew().contains(NamespaceKind.PID)) {
      return new RuntimeRestore(runtime, globals, arguments).run(bundle, images, work);
    }
    CriuOpts options = options(arguments, spec, images, runtime.kind(), caller);
    if (!arguments.detach() && !arguments.noSubreaper()) {
      caller.adoptOrphans();
    }
    try (BoxContainer container = BoxContainer.prepare(caller, runtime, globals, arguments, spec)) {
      CheckpointEngine filling = new BoxEngine(engine, container, spec);
      new OwnRequests(caller, filling).restore(options, images, work);
      new MadeContainer(runtime.kind(), container.state()).forget(spec, config);
      if (arguments.pidFile().isPresent()) {
        write(caller.resolve(arguments.pidFile().get()), container.pid());
      }
      @Nullable Fd console = container.takeConsole();
      container.close(); // before it is waited for
      if (arguments.detach()) {
        return SUCCESS;
      }
      int status = caller.attendChild(container.pid(), console);
      container.delete();
      return status;
    } catch (RequestException e) {
      throw RuntimeFailure.of("RESTORE", e, workName + "/" + LOG_FILE);
    } catch (IOException e) {
      throw new RuntimeFailure("restore: " + e.getMessage(), e);
    }
  }

  private static CriuOpts options(
      RestoreArguments arguments, BoxSpec spec, Path images, RuntimeKind kind, Caller caller)
      throws RuntimeFailure {
    CriuOpts.Builder options =
        CriuOpts.newBuilder()
            .setImagesDirFd(-1)
            .setLogLevel(LOG_LEVEL)
            .setLogFile(LOG_FILE)
            .setEvasiveDevices(true)
            .setManageCgroups(true)
            .setShellJob(arguments.shellJob())
            .setTcpEstablished(arguments.tcpEstablished())
            .setTcpClose(arguments.tcpClose())
            .setExtUnixSk(arguments.extUnixSockets())
            .setFileLocks(arguments.fileLocks());
    CgroupModeWord.set(options, arguments.manageCgroupsMode());
    arguments.lsmProfile().ifPresent(options::setLsmProfile);
    arguments.lsmMountContext().ifPresent(options::setLsmMountContext);
    CriuConfiguration.of(spec.criuConfiguration(), kind, caller).ifPresent(options::setConfigFile);
    Path file = images.resolve("descriptors.json");
    List<String> names =
        JsonObject.parseTexts("descriptors.json", new String(read(file), StandardCharsets.UTF_8));
    for (int number = 0; number < names.size(); number++) {
      if (names.get(number).contains("pipe:")) { // becomes what the caller passes today
        options.addInheritFd(InheritFd.newBuilder().setKey(names.get(number)).setFd(number));
      }
    }
    return options.build();
  }

  /** runc looks for a relative path in the bundle, crun in the working directory. */
  private static Path images(Caller caller, Path bundle, String name) throws RuntimeFailure {
    Path inBundle = bundle.resolve(name);
    Path images =
        !name.startsWith("/") && Files.isDirectory(inBundle) ? inBundle : folder(caller, name);
    if (!Files.exists(images.resolve(INVENTORY))) {
      throw new RuntimeFailure(name + " has no images of a checkpoint: it has no " + INVENTORY);
    }
    return images;
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

  private static Path workFolder(Caller caller, String path) throws RuntimeFailure {
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

  private static void write(Path file, int pid) throws IOException {
    Path aside = file.resolveSibling("." + file.getFileName());
    Files.writeString(aside, Integer.toString(pid));
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
