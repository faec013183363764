package org.stasis.shim.archive;

import java.nio.file.Path;
import java.util.function.Function;

/**
 * Where an archive is, or shall be.
 *
 * @param form of the archive
 * @param path of the file or directory
 * @param tag that it has in an OCI image layout; empty for none
 */
public record ArchiveAddress(Form form, Path path, String tag) {
  /** What an archive is in. */
  public enum Form {
    /** A tar file as the container tools make it. */
    FILE(""),
    /** A directory with an OCI image layout. */
    OCI_DIRECTORY("oci:"),
    /** A tar file of such a directory. */
    OCI_ARCHIVE("oci-archive:");

    private final String prefix;

    Form(String prefix) {
      this.prefix = prefix;
    }
  }

  /**
   * Reads an address: {@code FILE}, {@code oci:DIR[:TAG]} or {@code oci-archive:FILE[:TAG]}, as
   * skopeo(1) has them.
   *
   * @param text what people wrote
   * @param resolve turns their paths into ones that can be opened here
   * @return the address
   * @throws ArchiveException when there is no path
   */
  public static ArchiveAddress of(String text, Function<String, Path> resolve)
      throws ArchiveException {
    Form form = Form.FILE;
    for (Form each : Form.values()) {
      form = text.startsWith(each.prefix) ? each : form;
    }
    String rest = text.substring(form.prefix.length());
    int colon = form == Form.FILE ? -1 : rest.indexOf(':');
    String path = colon < 0 ? rest : rest.substring(0, colon);
    if (path.isEmpty()) {
      throw new ArchiveException("no path: " + text);
    }
    return new ArchiveAddress(
        form, resolve.apply(path), colon < 0 ? "" : rest.substring(colon + 1));
  }
}
