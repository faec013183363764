package org.stasis.shim.archive.oci;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.stasis.shim.archive.ArchiveAddress;
import org.stasis.shim.archive.ArchiveException;
import org.stasis.shim.archive.Checksums;
import org.stasis.shim.archive.Json;

/** Reads an image. Nothing in it is believed whose digest isn't the one that it is named by. */
public final class OciImageReader implements Closeable {
  private static final int DOCUMENT_BYTES = 4 << 20; // what registries take for a manifest
  private static final int MAX_DEPTH = 3;

  /** Takes a layer. */
  public interface LayerUse {
    /**
     * Takes it.
     *
     * @param layer the tar archive, compressed or not
     * @throws IOException when it is bad
     */
    void take(InputStream layer) throws IOException;
  }

  private final LayoutSource source;
  private final Map<String, Object> manifest;

  private OciImageReader(LayoutSource source, Map<String, Object> manifest) {
    this.source = source;
    this.manifest = manifest;
  }

  /**
   * Opens an image.
   *
   * @param address where it is; with a tag where there are several
   * @return the image
   * @throws IOException when it cannot be read, or there isn't exactly one
   */
  public static OciImageReader open(ArchiveAddress address) throws IOException {
    LayoutSource source =
        address.form() == ArchiveAddress.Form.OCI_DIRECTORY
            ? new DirectorySource(address.path())
            : ArchiveSource.open(address.path());
    boolean complete = false;
    try {
      Map<String, Object> index;
      try (InputStream file = source.open("index.json")) {
        index = Json.object(limited(file, "index.json"), "index.json");
      }
      OciImageReader reader = new OciImageReader(source, manifest(source, index, address.tag()));
      complete = true;
      return reader;
    } finally {
      if (!complete) {
        source.close();
      }
    }
  }

  private static byte[] limited(InputStream from, String name) throws IOException {
    byte[] bytes = from.readNBytes(DOCUMENT_BYTES + 1);
    if (bytes.length > DOCUMENT_BYTES) {
      throw new ArchiveException(name + " is larger than " + DOCUMENT_BYTES + " bytes");
    }
    return bytes;
  }

  /** Follows indexes of indexes, as long as there is one way to go. */
  private static Map<String, Object> manifest(
      LayoutSource source, Map<String, Object> index, String tag) throws IOException {
    Map<String, Object> document = index;
    String wanted = tag;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      Descriptor chosen = choose(document, wanted);
      document = Json.object(document(source, chosen), chosen.path());
      if (chosen.mediaType().equals(Descriptor.MANIFEST)) {
        return document;
      }
      wanted = "";
    }
    throw new ArchiveException("an image index in an image index in an image index");
  }

  private static Descriptor choose(Map<String, Object> index, String tag) throws IOException {
    List<Descriptor> found = new ArrayList<>();
    for (Descriptor each : descriptors(index, "manifests")) {
      boolean readable =
          each.mediaType().equals(Descriptor.MANIFEST) || each.mediaType().equals(Descriptor.INDEX);
      if (readable && (tag.isEmpty() || tag.equals(each.annotations().get(Descriptor.TAG)))) {
        found.add(each);
      }
    }
    if (found.size() != 1) {
      String which = tag.isEmpty() ? "" : " with the tag " + tag;
      throw new ArchiveException(
          "it has " + found.size() + " images" + which + "; exactly one is wanted");
    }
    return found.getFirst();
  }

  private static List<Descriptor> descriptors(Map<String, Object> document, String key)
      throws ArchiveException {
    List<Descriptor> found = new ArrayList<>();
    if (document.get(key) instanceof List<?> all) {
      for (Object each : all) {
        found.add(Descriptor.of(each));
      }
    }
    return found;
  }

  private static byte[] document(LayoutSource source, Descriptor descriptor) throws IOException {
    try (InputStream file = source.open(descriptor.path())) {
      byte[] bytes = limited(file, descriptor.path());
      MessageDigest digest = Checksums.sha256();
      digest.update(bytes);
      require(descriptor, digest, bytes.length);
      return bytes;
    }
  }

  private static void require(Descriptor descriptor, MessageDigest digest, long size)
      throws ArchiveException {
    String found = HexFormat.of().formatHex(digest.digest());
    if (!found.equals(descriptor.digest()) || size != descriptor.size()) {
      throw new ArchiveException(
          "damaged: " + descriptor.path() + " has " + size + " bytes and the SHA-256 " + found);
    }
  }

  /**
   * Goes through the layers, the lowest first.
   *
   * @param use takes each
   * @throws IOException when a layer is damaged, which is known when it was taken
   */
  public void forEachLayer(LayerUse use) throws IOException {
    List<Descriptor> layers = descriptors(manifest, "layers");
    if (layers.isEmpty()) {
      throw new ArchiveException("the image has no layers");
    }
    for (Descriptor each : layers) {
      if (!each.mediaType().startsWith(Descriptor.LAYER)) {
        throw new ArchiveException("a layer of an unknown kind: " + each.mediaType());
      }
      MessageDigest digest = Checksums.sha256();
      try (InputStream file = source.open(each.path());
          InputStream hashed = new DigestInputStream(file, digest)) {
        InputStream layer = new BufferedInputStream(hashed);
        use.take(layer);
        layer.transferTo(OutputStream.nullOutputStream());
        require(each, digest, each.size());
      }
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
