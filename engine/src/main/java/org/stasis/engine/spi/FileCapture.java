package org.stasis.engine.spi;

import org.stasis.images.proto.FileEntry;

/** What a file kind is given to describe one open file. */
public interface FileCapture extends CaptureContext {
  /**
   * The description.
   *
   * @param entry type and the member of that type set; its id is the file's
   */
  void entry(FileEntry.Builder entry);

  /**
   * Reports that this file cannot be carried.
   *
   * @param reason why
   * @param remedy what the user can do; may be empty
   */
  void obstacle(String reason, String remedy);
}
