package org.stasis.linux.proc;

import java.util.HexFormat;
import org.stasis.linux.FileHandle;

/**
 * Handles as fdinfo prints them: {@code fhandle-bytes:8 fhandle-type:1 f_handle:7e9e0000640d1b6d}.
 */
final class FileHandleText {
  private FileHandleText() {}

  static FileHandle parse(ProcText text) {
    int bytes = (int) text.spaces().expect("fhandle-bytes:").hex();
    int type = (int) text.spaces().expect("fhandle-type:").hex();
    String handle = text.spaces().expect("f_handle:").word();
    if (handle.length() != 2 * bytes) {
      throw text.unexpected(bytes + " bytes of handle");
    }
    return new FileHandle(type, HexFormat.of().parseHex(handle));
  }
}
