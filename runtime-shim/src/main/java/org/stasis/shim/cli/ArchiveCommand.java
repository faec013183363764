package org.stasis.shim.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.stasis.shim.Caller;
import org.stasis.shim.archive.Archive;
import org.stasis.shim.archive.ArchiveAddress;
import org.stasis.shim.archive.ArchiveContents;
import org.stasis.shim.archive.ArchiveException;
import org.stasis.shim.archive.Bundle;
import org.stasis.shim.archive.Compression;
import org.stasis.shim.archive.ContainerFacts;
import org.stasis.shim.archive.Layout;
import org.stasis.shim.archive.UnpackLimits;
import org.stasis.shim.archive.UnpackOptions;
import org.stasis.shim.archive.UnpackedArchive;
import org.stasis.shim.archive.tree.OverlayLayers;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code stasis archive create} and {@code unpack}. */
final class ArchiveCommand {
  private final Caller caller;
  private final PrintWriter out;

  ArchiveCommand(Caller caller, PrintWriter out) {
    this.caller = caller;
    this.out = out;
  }

  /** A command that {@link Commands} makes. */
  interface Maker {
    CommandSpec command(String name, String does, Callable<Integer> action);
  }

  CommandSpec create(Maker maker) {
    OptionSpec images = path("--images", "the checkpoint: a directory of images");
    OptionSpec from = path("--from", "an unpacked archive, for all that no other option gives");
    OptionSpec bundle = path("--bundle", "the OCI bundle: its config.json, and its root's changes");
    OptionSpec layout =
        word("--layout", "FORM", "podman, cri-o or containerd [as the container's]");
    OptionSpec compress =
        word("--compress", "HOW", "none, gzip or zstd [as the tool of that form]");
    OptionSpec config =
        path("--config", "the tool's own description of the container (config.dump)");
    OptionSpec id = word("--id", "ID", "the container's id");
    OptionSpec name = word("--name", "NAME", "the container's name");
    OptionSpec image = word("--image", "IMAGE", "the full name of the container's image");
    OptionSpec imageId = word("--image-id", "ID", "the id of the container's image");
    OptionSpec runtime = word("--runtime", "NAME", "the runtime, as the container's tool calls it");
    OptionSpec log = path("--log", "the container's log");
    OptionSpec network = path("--network-status", "podman's addresses of the container");
    OptionSpec status = path("--status", "containerd's status of the container");
    OptionSpec work = path("--work", "the dump's work directory, for its statistics and log");
    OptionSpec shm = path("--shm", "the content of the container's /dev/shm");
    OptionSpec volume =
        OptionSpec.builder("--volume")
            .arity("1")
            .type(Map.class)
            .auxiliaryTypes(String.class, String.class)
            .paramLabel("NAME=DIR")
            .description("a named volume and its content; may be given more than once")
            .build();
    OptionSpec rootfs = path("--rootfs", "the container's root directory [as the bundle says]");
    OptionSpec upper = path("--upper", "the upper directory of its overlay [as it is mounted]");
    OptionSpec lower =
        OptionSpec.builder("--lower")
            .arity("1")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .paramLabel("DIR")
            .description("a lower directory, the topmost first; may be given more than once")
            .build();
    OptionSpec ignore =
        Commands.flag("--ignore-rootfs", "leave out what was changed in the root directory");
    PositionalParamSpec file = positional("0", "FILE", "the archive, oci:DIR or oci-archive:FILE");
    CommandSpec spec =
        maker.command(
            "create",
            "make an archive of a container's checkpoint",
            () -> {
              ArchiveContents contents = new ArchiveContents();
              with(images, contents::images);
              with(from, contents::from);
              with(bundle, contents::bundle);
              with(config, contents::config);
              with(log, contents::containerLog);
              with(network, contents::networkStatus);
              with(status, contents::status);
              with(work, contents::work);
              with(shm, contents::sharedMemory);
              Map<String, String> volumes = volume.getValue();
              if (volumes != null) {
                volumes.forEach((key, value) -> contents.volume(key, caller.resolve(value)));
              }
              contents.facts(
                  new ContainerFacts(
                      text(id), text(name), text(image), text(imageId), text(runtime), ""));
              if (layout.getValue() != null) {
                contents.layout(known(Layout.of(text(layout)), "no such form: " + text(layout)));
              }
              if (ignore.getValue()) {
                contents.ignoreRootfs();
              } else {
                List<String> lowers = lower.getValue();
                rootfs(contents, text(bundle), text(rootfs), text(upper), lowers);
              }
              Compression compression =
                  compress.getValue() == null
                      ? null
                      : known(
                          Compression.of(text(compress)), "no such compression: " + text(compress));
              Archive.create(
                  contents, ArchiveAddress.of(file.getValue(), this::place), compression);
              return StasisDoor.SUCCESS;
            });
    for (OptionSpec each :
        List.of(
            images, from, bundle, layout, compress, config, id, name, image, imageId, runtime, log,
            network, status, work, shm, volume, rootfs, upper, lower, ignore)) {
      spec.addOption(each);
    }
    return spec.addPositional(file);
  }

  CommandSpec unpack(Maker maker) {
    OptionSpec rootfs = path("--rootfs", "a root directory of the same image, to get the changes");
    OptionSpec devices =
        Commands.flag(
            "--allow-devices", "let the changes have devices that are not in every container");
    OptionSpec size = number("--max-size", "BYTES", "how much it may unpack to [no limit]");
    OptionSpec ratio =
        number("--max-ratio", "N", "how often its size it may unpack to, beyond 256 MiB [1000]");
    PositionalParamSpec file = positional("0", "FILE", "the archive, oci:DIR or oci-archive:FILE");
    PositionalParamSpec directory = positional("1", "DIR", "where to: nothing, or empty");
    CommandSpec spec =
        maker.command(
            "unpack",
            "unpack an archive of a container's checkpoint",
            () -> {
              Long bytes = size.getValue();
              Long times = ratio.getValue();
              UnpackLimits limits =
                  new UnpackLimits(
                      bytes == null ? UnpackLimits.STANDARD.bytes() : bytes,
                      times == null ? UnpackLimits.STANDARD.ratio() : Math.max(times, 1));
              String root = rootfs.getValue();
              UnpackedArchive archive =
                  Archive.unpack(
                      ArchiveAddress.of(file.getValue(), this::place),
                      place(directory.getValue()),
                      new UnpackOptions(
                          root == null ? null : caller.resolve(root), devices.getValue(), limits));
              tell(archive);
              return StasisDoor.SUCCESS;
            });
    spec.addOption(rootfs).addOption(devices).addOption(size).addOption(ratio);
    return spec.addPositional(file).addPositional(directory);
  }

  private void tell(UnpackedArchive archive) {
    Layout layout = archive.layout();
    String name = archive.facts().name();
    out.println(
        (layout == null ? "a container" : "a container of " + layout.text())
            + (name.isEmpty() ? "" : ", " + name)
            + (archive.verified() ? ", checksums right" : ", no checksums"));
  }

  private interface PathUse {
    void take(Path path);
  }

  private void with(OptionSpec option, PathUse use) {
    String text = option.getValue();
    if (text != null) {
      use.take(caller.resolve(text));
    }
  }

  private static String text(OptionSpec option) {
    String text = option.getValue();
    return text == null ? "" : text;
  }

  /** The path that people know, for messages: ours leads through the caller's working directory. */
  private Path place(String text) {
    Path path = caller.resolve(text);
    Path parent = path.getParent();
    Path name = path.getFileName();
    if (parent == null || name == null || name.toString().equals("..")) {
      return path;
    }
    try {
      return parent.toRealPath().resolve(name);
    } catch (IOException e) { // whoever opens it will say why
      return path;
    }
  }

  private static <T> T known(@Nullable T found, String otherwise) throws ArchiveException {
    if (found == null) {
      throw new ArchiveException(otherwise);
    }
    return found;
  }

  /** Finds the layers of the container's root directory. */
  private void rootfs(
      ArchiveContents contents,
      String bundle,
      String rootfs,
      String upper,
      @Nullable List<String> lowers)
      throws IOException {
    if (!upper.isEmpty()) {
      List<Path> below = lowers == null ? List.of() : lowers.stream().map(caller::resolve).toList();
      Path merged = rootfs.isEmpty() ? null : caller.resolve(rootfs);
      contents.rootfs(new OverlayLayers(caller.resolve(upper), below, merged));
      return;
    }
    String root = rootfs;
    if (root.isEmpty() && !bundle.isEmpty()) {
      String said = Bundle.of(caller.resolve(bundle)).root();
      root = said.startsWith("/") ? said : bundle + "/" + said;
    }
    if (root.isEmpty()) {
      return; // nothing but what an unpacked archive has
    }
    OverlayLayers layers =
        OverlayLayers.mounted(caller.resolve(root), caller.pid(), caller::resolve);
    if (layers == null) {
      throw new ArchiveException(
          root
              + " is no overlay that is mounted: what was changed there can't be told from the "
              + "image; name its --upper directory, or say --ignore-rootfs");
    }
    contents.rootfs(layers);
  }

  private static OptionSpec path(String name, String description) {
    return word(name, "PATH", description);
  }

  private static OptionSpec word(String name, String label, String description) {
    return OptionSpec.builder(name)
        .arity("1")
        .type(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }

  private static OptionSpec number(String name, String label, String description) {
    return OptionSpec.builder(name)
        .arity("1")
        .type(Long.class)
        .paramLabel(label)
        .description(description)
        .build();
  }

  private static PositionalParamSpec positional(String index, String label, String description) {
    return PositionalParamSpec.builder()
        .index(index)
        .required(true)
        .type(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }
}
