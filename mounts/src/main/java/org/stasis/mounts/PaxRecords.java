package org.stasis.mounts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * The extended header before an entry of a tar archive, pax(1): what its plain header has no room
 * for. Each record is {@code LENGTH KEY=VALUE\n}, its length counted in bytes and counting itself.
 */
final class PaxRecords {
  private final ByteArrayOutputStream records = new ByteArrayOutputStream();

  void add(String key, String value) {
    add(key, value.getBytes(ISO_8859_1));
  }

  void add(String key, byte[] value) {
    byte[] name = key.getBytes(ISO_8859_1);
    int rest = name.length + value.length + 3; // a space, an equals sign, a line end
    int length = rest + digits(rest);
    if (digits(length) > digits(rest)) {
      length++;
    }
    records.writeBytes((length + " ").getBytes(ISO_8859_1));
    records.writeBytes(name);
    records.write('=');
    records.writeBytes(value);
    records.write('\n');
  }

  private static int digits(int number) {
    return Integer.toString(number).length();
  }

  /** Writes the header, unless it has no records. */
  void writeTo(TarArchiveOutputStream tar) throws IOException {
    if (records.size() == 0) {
      return;
    }
    TarArchiveEntry header =
        new TarArchiveEntry("./PaxHeaders/entry", TarConstants.LF_PAX_EXTENDED_HEADER_LC);
    header.setSize(records.size());
    tar.putArchiveEntry(header);
    records.writeTo(tar);
    tar.closeArchiveEntry();
  }
}
