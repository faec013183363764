package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.Device;

/**
 * A mount, a line of {@code /proc/PID/mountinfo}, escapes resolved.
 *
 * @param id of the mount, reused after it is gone
 * @param parentId of the mount it lies on; its own id or an unlisted one for the root
 * @param device of the file system
 * @param root which directory of the file system is mounted
 * @param mountPoint where, from the task's root
 * @param options of the mount
 * @param sharedGroup peer group it sends to and hears from; 0 for none
 * @param masterGroup peer group it only hears from; 0 for none
 * @param propagateFrom the nearest dominant peer group below the task's root; 0 for none
 * @param unbindable whether it can't be bound elsewhere
 * @param fsType type of the file system, with subtype
 * @param source what was mounted
 * @param superOptions of the file system
 */
public record MountEntry(
    int id,
    int parentId,
    Device device,
    String root,
    String mountPoint,
    String options,
    int sharedGroup,
    int masterGroup,
    int propagateFrom,
    boolean unbindable,
    String fsType,
    String source,
    String superOptions) {
  static List<MountEntry> parseAll(ProcText text) {
    List<MountEntry> mounts = new ArrayList<>(32);
    while (!text.atEnd()) {
      mounts.add(parse(text));
    }
    return mounts;
  }

  private static MountEntry parse(ProcText text) {
    int id = text.integer();
    int parent = text.integer();
    int major = text.integer();
    Device device = new Device(major, text.expect(':').integer());
    String root = text.escapedWord();
    String mountPoint = text.escapedWord();
    String options = text.escapedWord();
    int shared = 0;
    int master = 0;
    int propagateFrom = 0;
    boolean unbindable = false;
    while (!text.spaces().take("- ")) {
      if (text.take("shared:")) {
        shared = text.integer();
      } else if (text.take("master:")) {
        master = text.integer();
      } else if (text.take("propagate_from:")) {
        propagateFrom = text.integer();
      } else if (text.word().equals("unbindable")) {
        unbindable = true;
      } else if (text.atLineEnd()) {
        throw text.unexpected("\" - \"");
      }
    }
    String fsType = text.escapedWord();
    text.expect(' '); // the source may be empty: then two spaces follow each other
    String source = text.peek() == ' ' ? "" : text.escapedWord();
    String superOptions = text.spaces().escapedLine();
    return new MountEntry(
        id,
        parent,
        device,
        root,
        mountPoint,
        options,
        shared,
        master,
        propagateFrom,
        unbindable,
        fsType,
        source,
        superOptions);
  }
}
