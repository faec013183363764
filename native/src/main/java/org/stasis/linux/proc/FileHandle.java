package org.stasis.linux.proc;

import java.util.HexFormat;

/**
 * A file known by its handle, {@code fhandle-…} of fdinfo; open_by_handle_at(2) opens it.
 *
 * @param type what the file system calls this form of handle
 * @param handle its bytes
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the kernel; nobody compares them
public record FileHandle(int type, byte[] handle) {
  /** Parses {@code fhandle-bytes:8 fhandle-type:1 f_handle:7e9e0000640d1b6d}. */
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
