package org.stasis.shim.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Fd;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarType;
import org.stasis.shim.archive.tree.Content;
import org.stasis.shim.archive.tree.DirectoryTree;
import org.stasis.shim.archive.tree.OverlayChanges;
import org.stasis.shim.archive.tree.OverlayLayers;
import org.stasis.shim.archive.tree.PackedFile;
import org.stasis.shim.archive.tree.PlainTree;
import org.stasis.shim.archive.tree.StoredGzip;

/**
 * All entries of an archive to be, in order, without its checksums. Holds what they are read from.
 */
final class ArchivePlan implements AutoCloseable {
  private static final int OWNER_ONLY = 0600;
  private static final int READABLE = 0644;

  private final List<Fd> open = new ArrayList<>();
  private final Map<String, List<PackedFile>> parts = new LinkedHashMap<>();
  private final Stat.Time now;
  private final Instant instant;
  private Layout layout = Layout.PODMAN;
  private ContainerFacts facts = ContainerFacts.UNKNOWN;

  private ArchivePlan(Instant instant) {
    this.instant = instant;
    this.now = new Stat.Time(instant.getEpochSecond(), 0);
  }

  /** Lists everything; nothing but descriptions is read. */
  static ArchivePlan of(ArchiveContents contents) throws IOException {
    ArchivePlan plan = new ArchivePlan(Instant.now());
    boolean complete = false;
    try {
      plan.collect(contents);
      complete = true;
      return plan;
    } finally {
      if (!complete) {
        plan.close();
      }
    }
  }

  Layout layout() {
    return layout;
  }

  ContainerFacts facts() {
    return facts;
  }

  Instant instant() {
    return instant;
  }

  /** The entries, those of parts that the layout doesn't know behind the others. */
  List<PackedFile> files() {
    List<PackedFile> files = new ArrayList<>();
    Set<String> known = new HashSet<>(layout.order());
    for (String name : layout.order()) {
      files.addAll(parts.getOrDefault(name, List.of()));
    }
    for (Map.Entry<String, List<PackedFile>> each : parts.entrySet()) {
      if (!known.contains(each.getKey())) {
        files.addAll(each.getValue());
      }
    }
    return files;
  }

  private void collect(ArchiveContents contents) throws IOException {
    if (contents.from != null) {
      takeParts(directory(contents.from));
    }
    Bundle bundle = bundle(contents);
    Layout own = bundle == null ? null : Layout.ofAnnotations(bundle.annotations());
    layout = contents.layout != null ? contents.layout : own != null ? own : Layout.PODMAN;
    if (contents.images != null) {
      images(contents.images);
    }
    requireImages();
    describe(contents, bundle);
    file(contents.containerLog, layout.containerLog());
    file(contents.networkStatus, Part.NETWORK);
    file(contents.status, "status.dump");
    if (contents.work != null) {
      work(contents.work);
    }
    if (contents.sharedMemory != null) {
      tree(contents.sharedMemory, Part.SHARED_MEMORY, Part.SHARED_MEMORY);
    }
    for (Map.Entry<String, Path> each : contents.volumes.entrySet()) {
      String name = each.getKey();
      if (name.isEmpty() || name.contains("/") || name.startsWith(".")) {
        throw new ArchiveException("no name of a volume: " + name);
      }
      tree(each.getValue(), Part.VOLUMES, Part.VOLUMES + "/" + name + ".tar");
    }
    if (contents.ignoresRootfs) {
      parts.remove(Part.CHANGES);
      parts.remove(Part.DELETED);
    } else if (contents.rootfs != null) {
      changes(contents.rootfs, bundle == null ? Set.of() : bundle.mountPoints());
    }
    requireKnownToLayout();
  }

  private Fd directory(Path path) throws IOException {
    Fd directory = Fd.openDirectory(path.toString());
    open.add(directory);
    return directory;
  }

  private void put(String part, PackedFile file) {
    parts.computeIfAbsent(part, _ -> new ArrayList<>()).add(file);
  }

  private void replace(String part, PackedFile file) {
    parts.put(part, new ArrayList<>(List.of(file)));
  }

  private void takeParts(Fd directory) throws IOException {
    for (PackedFile each : PlainTree.list(directory, "")) {
      String name = each.entry().name();
      int slash = name.indexOf('/');
      String part = slash < 0 ? name : name.substring(0, slash);
      boolean implied = part.equals(Part.VOLUMES) && slash < 0; // has no entry in podman's archives
      if (!part.equals(Part.CHECKSUMS) && !implied) {
        put(part, each);
      }
    }
  }

  private @Nullable Bundle bundle(ArchiveContents contents) throws IOException {
    if (contents.bundle != null) {
      Bundle bundle = Bundle.of(contents.bundle);
      bytes(Part.SPEC, bundle.text());
      return bundle;
    }
    byte @Nullable [] spec = inFrom(contents, Part.SPEC);
    return spec == null ? null : Bundle.of(spec, Part.SPEC);
  }

  private byte @Nullable [] inFrom(ArchiveContents contents, String part) throws IOException {
    return contents.from != null && parts.containsKey(part)
        ? Files.readAllBytes(contents.from.resolve(part))
        : null;
  }

  private void bytes(String part, byte[] bytes) {
    replace(
        part,
        new PackedFile(TarEntry.file(part, OWNER_ONLY, bytes.length, now), Content.of(bytes)));
  }

  private void images(Path path) throws IOException {
    Fd directory = directory(path);
    Stat stat = directory.stat();
    TarEntry entry = TarEntry.directory(Part.CHECKPOINT, stat.mode() & 0777, stat.modified());
    replace(Part.CHECKPOINT, new PackedFile(entry, Content.NONE));
    for (PackedFile each : PlainTree.list(directory, Part.CHECKPOINT + "/")) {
      put(Part.CHECKPOINT, each);
    }
  }

  private void requireImages() throws ArchiveException {
    String inventory = Part.CHECKPOINT + "/inventory.img";
    for (PackedFile each : parts.getOrDefault(Part.CHECKPOINT, List.of())) {
      if (each.entry().name().equals(inventory)) {
        return;
      }
    }
    throw new ArchiveException(
        "there is no checkpoint: the directory of images lacks inventory.img");
  }

  private void describe(ArchiveContents contents, @Nullable Bundle bundle) throws IOException {
    byte @Nullable [] given =
        contents.config != null
            ? Files.readAllBytes(contents.config)
            : inFrom(contents, Part.CONFIG);
    facts = contents.facts;
    if (given != null) {
      facts = facts.or(ContainerFacts.of(Json.object(given, Part.CONFIG)));
      bytes(Part.CONFIG, given);
      return;
    }
    if (bundle != null) {
      facts = facts.or(ContainerFacts.ofAnnotations(bundle.annotations()));
    }
    bytes(Part.CONFIG, Json.write(facts.config(layout, instant)));
  }

  private void file(@Nullable Path path, String part) throws IOException {
    if (path == null) {
      return;
    }
    Path real = Files.isSymbolicLink(path) ? path.toRealPath() : path;
    Path parent = real.getParent();
    if (parent == null) {
      throw new ArchiveException(path + " is no file");
    }
    replace(part, PlainTree.file(directory(parent), real.getFileName().toString(), part));
  }

  private void work(Path path) throws IOException {
    Path statistics = path.resolve(Part.STATISTICS);
    Path log = path.resolve(Part.DUMP_LOG);
    file(Files.exists(statistics) ? statistics : null, Part.STATISTICS);
    boolean wanted = layout != Layout.PODMAN && Files.exists(log);
    file(wanted ? log : null, Part.DUMP_LOG);
  }

  private void tree(Path path, String part, String name) throws IOException {
    nested(part, name, DirectoryTree.list(directory(path), ""));
  }

  private void nested(String part, String name, Content content) {
    PackedFile file = new PackedFile(TarEntry.file(name, READABLE, content.size(), now), content);
    List<PackedFile> others = parts.computeIfAbsent(part, _ -> new ArrayList<>());
    others.removeIf(each -> each.entry().name().equals(name));
    others.add(file);
  }

  private void changes(OverlayLayers layers, Set<String> hidden) throws IOException {
    List<Fd> lowers = new ArrayList<>();
    for (Path each : layers.lowers()) {
      lowers.add(directory(each));
    }
    Path merged = layers.merged();
    OverlayChanges.Result changes =
        OverlayChanges.list(
            directory(layers.upper()),
            merged == null ? null : directory(merged),
            lowers,
            layout.hasWhiteouts(),
            hidden);
    parts.remove(Part.CHANGES);
    parts.remove(Part.DELETED);
    nested(
        Part.CHANGES,
        Part.CHANGES,
        layout.hasWhiteouts() ? new StoredGzip(changes.tree()) : changes.tree());
    if (!changes.deleted().isEmpty()) {
      bytes(Part.DELETED, Json.write(changes.deleted()));
    }
  }

  /** containerd refuses archives with links. */
  private void requireKnownToLayout() throws ArchiveException {
    for (PackedFile each : layout == Layout.CONTAINERD ? files() : List.<PackedFile>of()) {
      if (each.entry().type() == TarType.SYMBOLIC_LINK) {
        throw new ArchiveException(
            "containerd takes no archive with a symbolic link: " + each.entry().name());
      }
    }
  }

  @Override
  public void close() throws SyscallException {
    SyscallException failure = null;
    for (Fd each : open) {
      try {
        each.close();
      } catch (SyscallException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
