package org.stasis.shim.archive;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.stasis.shim.archive.tree.OverlayLayers;

/**
 * What goes into an archive, and where it is. Paths are ones that this process can open. Set what
 * is there; each method returns this object.
 */
public final class ArchiveContents {
  @Nullable Path images;
  @Nullable Path from;
  @Nullable Path bundle;
  @Nullable Path config;
  @Nullable Path containerLog;
  @Nullable Path networkStatus;
  @Nullable Path status;
  @Nullable Path work;
  @Nullable Path sharedMemory;
  @Nullable OverlayLayers rootfs;
  boolean ignoresRootfs;
  @Nullable Layout layout;
  ContainerFacts facts = ContainerFacts.UNKNOWN;
  final Map<String, Path> volumes = new TreeMap<>();

  /**
   * The checkpoint: a directory of images.
   *
   * @param directory with {@code inventory.img}
   * @return this
   */
  public ArchiveContents images(Path directory) {
    images = directory;
    return this;
  }

  /**
   * An archive that was unpacked before. All its parts are taken that nothing else is given for.
   *
   * @param directory where it was unpacked
   * @return this
   */
  public ArchiveContents from(Path directory) {
    from = directory;
    return this;
  }

  /**
   * The bundle: its {@code config.json} becomes {@code spec.dump}.
   *
   * @param directory the bundle
   * @return this
   */
  public ArchiveContents bundle(Path directory) {
    bundle = directory;
    return this;
  }

  /**
   * The container tool's own description of the container, taken as it is for {@code config.dump}.
   * Without it one is made of {@link #facts}.
   *
   * @param file of JSON
   * @return this
   */
  public ArchiveContents config(Path file) {
    config = file;
    return this;
  }

  /**
   * What the container wrote.
   *
   * @param file its log
   * @return this
   */
  public ArchiveContents containerLog(Path file) {
    containerLog = file;
    return this;
  }

  /**
   * podman's addresses of the container.
   *
   * @param file of JSON
   * @return this
   */
  public ArchiveContents networkStatus(Path file) {
    networkStatus = file;
    return this;
  }

  /**
   * containerd's {@code status.dump}.
   *
   * @param file of JSON
   * @return this
   */
  public ArchiveContents status(Path file) {
    status = file;
    return this;
  }

  /**
   * Where the dump's log and statistics are.
   *
   * @param directory the work directory of the dump
   * @return this
   */
  public ArchiveContents work(Path directory) {
    work = directory;
    return this;
  }

  /**
   * What podman mounts at {@code /dev/shm}.
   *
   * @param directory its content
   * @return this
   */
  public ArchiveContents sharedMemory(Path directory) {
    sharedMemory = directory;
    return this;
  }

  /**
   * A named volume.
   *
   * @param name of the volume
   * @param directory its content
   * @return this
   */
  public ArchiveContents volume(String name, Path directory) {
    volumes.put(name, directory);
    return this;
  }

  /**
   * The layers of the container's root directory: what is changed in them goes into the archive.
   *
   * @param layers as mounted
   * @return this
   */
  public ArchiveContents rootfs(OverlayLayers layers) {
    rootfs = layers;
    return this;
  }

  /**
   * Leaves changes of the root directory out, also those of {@link #from}.
   *
   * @return this
   */
  public ArchiveContents ignoreRootfs() {
    ignoresRootfs = true;
    return this;
  }

  /**
   * Whose form the archive has. Without it, that of the tool that made the container, or podman's.
   *
   * @param form of the archive
   * @return this
   */
  public ArchiveContents layout(Layout form) {
    layout = form;
    return this;
  }

  /**
   * What is known of the container.
   *
   * @param known facts; what is empty is taken from elsewhere
   * @return this
   */
  public ArchiveContents facts(ContainerFacts known) {
    facts = known;
    return this;
  }
}
