package org.stasis.shim.archive.oci;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.ArchiveAddress;
import org.stasis.shim.archive.Compression;
import org.stasis.shim.archive.Json;

/** Writes an image of one layer. */
public final class OciImageWriter {
  /** Writes the layer's tar archive. */
  public interface Layer {
    /**
     * Writes it.
     *
     * @param to takes it; stays open
     * @throws IOException when it cannot be read or written
     */
    void writeTo(OutputStream to) throws IOException;
  }

  private final Layer layer;
  private final Map<String, String> annotations;
  private final Instant created;
  private final Compression compression;

  /**
   * Describes the image.
   *
   * @param layer its content
   * @param annotations of the manifest, and of what refers to it
   * @param created when
   * @param compression of the layer
   */
  public OciImageWriter(
      Layer layer, Map<String, String> annotations, Instant created, Compression compression) {
    this.layer = layer;
    this.annotations = annotations;
    this.created = created;
    this.compression = compression;
  }

  /**
   * Writes the image.
   *
   * @param address where to
   * @throws IOException when it cannot be written
   */
  public void write(ArchiveAddress address) throws IOException {
    try (Blobs blobs = blobs(address)) {
      String[] plainDigest = new String[1];
      Descriptor content =
          blobs.add(
              Descriptor.LAYER + compression.mediaTypeSuffix(),
              to -> {
                try (OutputStream compressed = compression.compress(to);
                    HashingOutput plain = new HashingOutput(compressed)) {
                  layer.writeTo(plain);
                  plainDigest[0] = plain.descriptor("").digest();
                }
              });
      Descriptor config = add(blobs, Descriptor.CONFIG, config(plainDigest[0]));
      Descriptor manifest = add(blobs, Descriptor.MANIFEST, manifest(config, content));
      blobs.add("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(US_ASCII));
      blobs.add("index.json", Json.write(index(manifest, address.tag())));
      blobs.place();
    }
  }

  private Blobs blobs(ArchiveAddress address) throws IOException {
    return address.form() == ArchiveAddress.Form.OCI_DIRECTORY
        ? new DirectoryBlobs(address.path())
        : new ArchiveBlobs(address.path(), new Stat.Time(created.getEpochSecond(), 0));
  }

  private static Descriptor add(Blobs blobs, String mediaType, Map<String, Object> json)
      throws IOException {
    return blobs.add(mediaType, to -> to.write(Json.write(json)));
  }

  private Map<String, Object> config(String layerDigest) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("created", created.toString());
    config.put("architecture", architecture());
    config.put("os", "linux");
    config.put("config", Map.of());
    config.put("rootfs", Map.of("type", "layers", "diff_ids", List.of("sha256:" + layerDigest)));
    Map<String, Object> history = new LinkedHashMap<>();
    history.put("created", created.toString());
    history.put("created_by", "stasis archive create");
    config.put("history", List.of(history));
    return config;
  }

  private static String architecture() {
    String name = System.getProperty("os.arch");
    return name.equals("aarch64") ? "arm64" : name;
  }

  private Map<String, Object> manifest(Descriptor config, Descriptor content) {
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", Descriptor.MANIFEST);
    manifest.put("config", config.json());
    manifest.put("layers", List.of(content.json()));
    manifest.put("annotations", annotations);
    return manifest;
  }

  private Map<String, Object> index(Descriptor manifest, String tag) {
    Map<String, String> said = new LinkedHashMap<>(annotations);
    if (!tag.isEmpty()) {
      said.put(Descriptor.TAG, tag);
    }
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", Descriptor.INDEX);
    Descriptor described =
        new Descriptor(manifest.mediaType(), manifest.digest(), manifest.size(), said);
    index.put("manifests", List.of(described.json()));
    return index;
  }
}
