package org.stasis.shim.archive.tree;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.stasis.linux.Device;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarReader;
import org.stasis.shim.archive.tar.TarType;
import org.stasis.shim.archive.tar.TarWriter;

/** Makes archives, good ones and others. */
public final class TarBuilder {
  private static final Stat.Time TIME = new Stat.Time(1_000_000_000, 0);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarWriter tar = new TarWriter(bytes);

  /** A file. */
  public TarBuilder file(String name, String content) throws IOException {
    byte[] data = content.getBytes(StandardCharsets.UTF_8);
    tar.put(TarEntry.file(name, 0644, data.length, TIME));
    tar.write(data);
    return this;
  }

  /** A directory. */
  public TarBuilder directory(String name) throws IOException {
    tar.put(TarEntry.directory(name, 0755, TIME));
    return this;
  }

  /** Anything without content. */
  public TarBuilder put(String name, TarType type, String target, Device device)
      throws IOException {
    return put(name, type, target, device, Map.of());
  }

  /** Anything without content, with attributes. */
  public TarBuilder put(
      String name, TarType type, String target, Device device, Map<String, byte[]> attributes)
      throws IOException {
    tar.put(new TarEntry(name, type, 04755, 0, 0, TIME, target, device, attributes, 0, null));
    return this;
  }

  /** A link. */
  public TarBuilder link(String name, TarType type, String target) throws IOException {
    return put(name, type, target, Device.NONE);
  }

  /** The archive. */
  public byte[] bytes() throws IOException {
    tar.finish();
    return bytes.toByteArray();
  }

  /** Reads the archive. */
  public TarReader reader() throws IOException {
    return new TarReader(new ByteArrayInputStream(bytes()));
  }
}
