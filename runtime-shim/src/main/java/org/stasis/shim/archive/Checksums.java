package org.stasis.shim.archive;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.KernelString;

/**
 * SHA-256 of each file of an archive. They stand in its last entry, in the form of sha256sum(1), a
 * line for each: 64 hexadecimal digits, two spaces, the name. So they are written and checked while
 * the archive passes; docs/decisions/2026-11-23-archive-checksums.md.
 */
public final class Checksums implements AutoCloseable {
  private static final int DIGITS = 64;
  private static final String SEPARATOR = "  ";

  private final Map<String, String> found = new LinkedHashMap<>();
  private final BackgroundDigest digest = new BackgroundDigest();
  private @Nullable String current;

  /**
   * The algorithm.
   *
   * @return a new one
   */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) { // every JDK has it
      throw new AssertionError(e);
    }
  }

  /** Reads a file through it. */
  InputStream watch(String name, InputStream content) throws IOException {
    begin(name);
    return new FilterInputStream(content) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int start, int length) throws IOException {
        int read = in.read(into, start, length);
        if (read > 0) {
          digest.update(into, start, read);
        }
        return read;
      }
    };
  }

  /** Writes a file through it. */
  OutputStream watch(String name, OutputStream content) throws IOException {
    begin(name);
    return new FilterOutputStream(content) {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int start, int length) throws IOException {
        digest.update(bytes, start, length);
        out.write(bytes, start, length);
      }
    };
  }

  private void begin(String name) throws IOException {
    end();
    current = name;
  }

  private void end() throws IOException {
    if (current != null) {
      found.put(current, digest.finish());
      current = null;
    }
  }

  /** Ends its thread. */
  @Override
  public void close() {
    digest.close();
  }

  /** The last entry's content. */
  byte[] text() throws IOException {
    end();
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> each : found.entrySet()) {
      if (each.getKey().indexOf('\n') >= 0 || each.getKey().indexOf('\\') >= 0) {
        throw new ArchiveException("a name with a line end or a backslash: " + each.getKey());
      }
      text.append(each.getValue()).append(SEPARATOR).append(each.getKey()).append('\n');
    }
    return KernelString.encode(text.toString());
  }

  /**
   * Compares what passed with what the last entry says.
   *
   * @param text its content
   * @throws ArchiveException when something differs, lacks, or is too much
   */
  void require(byte[] text) throws IOException {
    end();
    Map<String, String> wanted = parse(KernelString.decode(text));
    for (Map.Entry<String, String> each : found.entrySet()) {
      String sum = wanted.remove(each.getKey());
      if (sum == null) {
        throw new ArchiveException("damaged: " + each.getKey() + " has no checksum");
      }
      if (!sum.equals(each.getValue())) {
        throw new ArchiveException(
            "damaged: " + each.getKey() + " has the SHA-256 " + each.getValue() + ", not " + sum);
      }
    }
    for (String missing : wanted.keySet()) {
      throw new ArchiveException("damaged: " + missing + " is missing");
    }
  }

  private static Map<String, String> parse(String text) throws ArchiveException {
    Map<String, String> sums = new LinkedHashMap<>();
    for (int start = 0; start < text.length(); ) {
      int end = text.indexOf('\n', start);
      String line = end < 0 ? "" : text.substring(start, end);
      int name = DIGITS + SEPARATOR.length();
      if (line.length() <= name || !line.startsWith(SEPARATOR, DIGITS)) {
        throw new ArchiveException("damaged: a line of " + Part.CHECKSUMS + " is no checksum");
      }
      sums.put(line.substring(name), line.substring(0, DIGITS));
      start = end + 1;
    }
    return sums;
  }
}
