package org.stasis.shim.archive;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What {@code config.dump} tells of a container, as far as all tools agree on it. Empty where it is
 * not known.
 *
 * @param id of the container
 * @param name that people gave it
 * @param image its image's full name
 * @param imageId of the image
 * @param runtime that it ran with, as its tool calls it
 * @param created when it was made, RFC 3339
 */
public record ContainerFacts(
    String id, String name, String image, String imageId, String runtime, String created) {
  /** Nothing is known. */
  public static final ContainerFacts UNKNOWN = new ContainerFacts("", "", "", "", "", "");

  private static final String NEVER = "0001-01-01T00:00:00Z"; // what Go takes for no time

  /** Reads them. */
  static ContainerFacts of(Map<String, Object> config) {
    String reference = Json.text(config, "rootfsImageRef");
    return new ContainerFacts(
        Json.text(config, "id"),
        Json.text(config, "name"),
        Json.text(config, "rootfsImageName"),
        reference.isEmpty() ? Json.text(config, "rootfsImageID") : reference,
        Json.text(config, "runtime"),
        Json.text(config, "createdTime"));
  }

  /** What the specification's annotations know of it. */
  static ContainerFacts ofAnnotations(Map<String, Object> annotations) {
    return new ContainerFacts(
        "",
        first(annotations, "io.kubernetes.cri.container-name", "io.kubernetes.container.name"),
        first(annotations, "io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"),
        first(annotations, "io.kubernetes.cri-o.ImageRef"),
        "",
        first(annotations, "io.kubernetes.cri-o.Created"));
  }

  private static String first(Map<String, Object> annotations, String... keys) {
    for (String key : keys) {
      if (!Json.text(annotations, key).isEmpty()) {
        return Json.text(annotations, key);
      }
    }
    return "";
  }

  /**
   * These where they are known, others where not.
   *
   * @param others less certain ones
   * @return both
   */
  public ContainerFacts or(ContainerFacts others) {
    return new ContainerFacts(
        id.isEmpty() ? others.id : id,
        name.isEmpty() ? others.name : name,
        image.isEmpty() ? others.image : image,
        imageId.isEmpty() ? others.imageId : imageId,
        runtime.isEmpty() ? others.runtime : runtime,
        created.isEmpty() ? others.created : created);
  }

  /** The content of {@code config.dump}. */
  Map<String, Object> config(Layout layout, Instant checkpointed) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("id", id);
    config.put("name", name);
    if (layout == Layout.PODMAN) {
      config.put("rootfsImageID", imageId);
    } else {
      config.put("rootfsImage", image);
      config.put("rootfsImageRef", imageId);
    }
    config.put("rootfsImageName", image);
    config.put("runtime", runtime);
    config.put("createdTime", created.isEmpty() ? checkpointed.toString() : created);
    if (layout != Layout.PODMAN) {
      config.put("checkpointedTime", checkpointed.toString());
      config.put("restoredTime", NEVER);
      config.put("restored", false);
    }
    return config;
  }
}
