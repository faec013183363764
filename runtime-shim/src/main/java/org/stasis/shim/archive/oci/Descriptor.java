package org.stasis.shim.archive.oci;

import java.util.LinkedHashMap;
import java.util.Map;
import org.stasis.shim.archive.ArchiveException;
import org.stasis.shim.archive.Json;

/**
 * What one document says of another.
 *
 * @param mediaType what it is
 * @param digest of its bytes, 64 hexadecimal digits
 * @param size in bytes
 * @param annotations what else is said
 */
record Descriptor(String mediaType, String digest, long size, Map<String, String> annotations) {
  static final String INDEX = "application/vnd.oci.image.index.v1+json";
  static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  static final String TAG = "org.opencontainers.image.ref.name";

  private static final String ALGORITHM = "sha256:";
  private static final int DIGITS = 64;

  static Descriptor of(Object json) throws ArchiveException {
    Map<String, Object> members = Json.objectOf(json, "a descriptor");
    String digest = Json.text(members, "digest");
    String hex = digest.startsWith(ALGORITHM) ? digest.substring(ALGORITHM.length()) : "";
    if (hex.length() != DIGITS || !hex.chars().allMatch(Descriptor::isDigit)) {
      throw new ArchiveException("a descriptor with another digest than SHA-256: " + digest);
    }
    if (!(members.get("size") instanceof Number size) || size.longValue() < 0) {
      throw new ArchiveException("a descriptor without size: " + digest);
    }
    Map<String, String> annotations = new LinkedHashMap<>();
    for (Map.Entry<String, Object> each : Json.member(members, "annotations").entrySet()) {
      if (each.getValue() instanceof String text) {
        annotations.put(each.getKey(), text);
      }
    }
    return new Descriptor(Json.text(members, "mediaType"), hex, size.longValue(), annotations);
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
  }

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("mediaType", mediaType);
    json.put("digest", ALGORITHM + digest);
    json.put("size", size);
    if (!annotations.isEmpty()) {
      json.put("annotations", annotations);
    }
    return json;
  }

  /** Where in a layout its bytes are. */
  String path() {
    return "blobs/sha256/" + digest;
  }
}
