package org.stasis.shim.archive;

import java.util.Map;
import java.util.TreeMap;
import org.stasis.shim.criu.CriuVersion;

/** By what container tools recognise an image as a checkpoint: annotations of its manifest. */
final class ImageAnnotations {
  private static final String PODMAN = "io.podman.annotations.checkpoint.";
  private static final String CRI_O = "io.kubernetes.cri-o.annotations.checkpoint.";
  private static final String CRIU = "org.criu.checkpoint.";

  private ImageAnnotations() {}

  static Map<String, String> of(Layout layout, ContainerFacts facts) {
    Map<String, String> annotations = new TreeMap<>();
    String criu = Integer.toString(CriuVersion.MAJOR * 10_000 + CriuVersion.MINOR * 100);
    switch (layout) {
      case PODMAN -> {
        put(annotations, PODMAN + "name", facts.name());
        put(annotations, PODMAN + "rawImageName", facts.image());
        put(annotations, PODMAN + "rootfsImageID", facts.imageId());
        put(annotations, PODMAN + "rootfsImageName", facts.image());
        put(annotations, PODMAN + "runtime.name", facts.runtime());
        put(annotations, PODMAN + "criu.version", criu);
        put(annotations, PODMAN + "host.arch", architecture());
        put(annotations, PODMAN + "host.kernel", System.getProperty("os.version"));
      }
      case CRI_O -> {
        put(annotations, CRI_O + "name", facts.name());
        put(annotations, CRI_O + "rawImageName", facts.image());
        put(annotations, CRI_O + "rootfsImageID", facts.imageId());
        put(annotations, CRI_O + "rootfsImageName", facts.image());
        put(annotations, CRI_O + "criu.version", criu);
      }
      case CONTAINERD -> {} // reads the common ones
    }
    put(annotations, CRIU + "container.name", facts.name());
    put(annotations, CRIU + "engine.name", layout.text());
    put(annotations, CRIU + "rootfsImageName", facts.image());
    put(annotations, CRIU + "rootfsImageID", facts.imageId());
    put(annotations, CRIU + "rawImageName", facts.image());
    put(annotations, CRIU + "runtime.name", facts.runtime());
    put(annotations, CRIU + "criu.version", criu);
    put(annotations, CRIU + "host.arch", architecture());
    put(annotations, CRIU + "host.kernel", System.getProperty("os.version"));
    return annotations;
  }

  private static void put(Map<String, String> annotations, String key, String value) {
    if (!value.isEmpty()) {
      annotations.put(key, value);
    }
  }

  /** The machine's architecture, as OCI images call it. */
  static String architecture() {
    String name = System.getProperty("os.arch");
    return name.equals("aarch64") ? "arm64" : name;
  }
}
