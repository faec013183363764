package org.stasis.shim.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.KernelString;

/**
 * SHA-256 of each file of an archive. They stand in its last entry, in the form of sha256sum(1), a
 * line for each: 64 hexadecimal digits, two spaces, the name. So they are written and checked while
 * the archive passes; docs/decisions/2026-11-23-archive-checksums.md.
 */
public final class Checksums {
  private static final int DIGITS = 64;
  private static final String SEPARATOR = "  ";

  private final Map<String, String> found = new LinkedHashMap<>();
  private @Nullable MessageDigest current;
  private String currentName = "";

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
  InputStream watch(String name, InputStream content) {
    return new DigestInputStream(content, begin(name));
  }

  /** Writes a file through it. */
  OutputStream watch(String name, OutputStream content) {
    return new DigestOutputStream(content, begin(name));
  }

  private MessageDigest begin(String name) {
    end();
    current = sha256();
    currentName = name;
    return current;
  }

  private void end() {
    if (current != null) {
      found.put(currentName, HexFormat.of().formatHex(current.digest()));
      current = null;
    }
  }

  /** The last entry's content. */
  byte[] text() throws ArchiveException {
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
