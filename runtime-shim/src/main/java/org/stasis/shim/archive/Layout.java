package org.stasis.shim.archive;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whose archive it is: which parts it has, under which names, in which order. */
public enum Layout {
  /** {@code podman container checkpoint --export}. */
  PODMAN(
      "podman",
      Compression.ZSTD,
      "ctr.log",
      List.of(
          "artifacts",
          "devshm-checkpoint.tar",
          Part.CONFIG,
          Part.SPEC,
          Part.NETWORK,
          Part.STATISTICS,
          "ctr.log",
          "pre-checkpoint",
          Part.CHECKPOINT,
          Part.CHANGES,
          Part.DELETED,
          Part.VOLUMES)),

  /** CRI-O's, as asked for by the kubelet. */
  CRI_O(
      "cri-o",
      Compression.NONE,
      "io.kubernetes.cri-o.LogPath",
      List.of(
          Part.STATISTICS,
          Part.DUMP_LOG,
          Part.CHECKPOINT,
          Part.CONFIG,
          Part.SPEC,
          "bind.mounts",
          Part.CHANGES,
          Part.DELETED,
          "io.kubernetes.cri-o.LogPath")),

  /** containerd's, as asked for by the kubelet. */
  CONTAINERD(
      "containerd",
      Compression.NONE,
      "container.log",
      List.of(
          Part.CHECKPOINT,
          Part.CONFIG,
          "container.log",
          Part.DUMP_LOG,
          Part.CHANGES,
          Part.SPEC,
          Part.STATISTICS,
          "status",
          "status.dump"));

  private final String text;
  private final Compression compression;
  private final String containerLog;
  private final List<String> order;

  Layout(String text, Compression compression, String containerLog, List<String> order) {
    this.text = text;
    this.compression = compression;
    this.containerLog = containerLog;
    this.order = order;
  }

  /**
   * What people call it.
   *
   * @return {@code podman}, {@code cri-o} or {@code containerd}
   */
  public String text() {
    return text;
  }

  /**
   * Finds a layout.
   *
   * @param text what people call it
   * @return the layout; null when there is none of that name
   */
  public static @Nullable Layout of(String text) {
    for (Layout each : values()) {
      if (each.text.equals(text)) {
        return each;
      }
    }
    return null;
  }

  /**
   * Whose container a specification is of.
   *
   * @param annotations of its {@code config.json}
   * @return the layout; null when none of the three made it
   */
  public static @Nullable Layout ofAnnotations(Map<String, Object> annotations) {
    Object manager = annotations.get("io.container.manager");
    if ("libpod".equals(manager)) {
      return PODMAN;
    }
    if ("cri-o".equals(manager)) {
      return CRI_O;
    }
    return annotations.containsKey("io.kubernetes.cri.container-type") ? CONTAINERD : null;
  }

  /** How its archives are compressed when nobody asks for anything. */
  Compression compression() {
    return compression;
  }

  /** The name of the container's log. */
  String containerLog() {
    return containerLog;
  }

  /** The names of parts as its own tool orders them. */
  List<String> order() {
    return order;
  }

  /** Whether names in {@code rootfs-diff.tar} tell what was deleted, and it is gzip-compressed. */
  boolean hasWhiteouts() {
    return this == CONTAINERD;
  }
}
