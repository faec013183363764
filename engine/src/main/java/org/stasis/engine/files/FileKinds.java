package org.stasis.engine.files;

import java.util.List;
import org.stasis.engine.eventfd.Eventfd;
import org.stasis.engine.pipe.Pipes;
import org.stasis.engine.regular.RegularFiles;
import org.stasis.engine.spi.FileKind;

/** The kinds of open files that are carried. */
public final class FileKinds {
  private FileKinds() {}

  /**
   * Makes instances for one dump or restore.
   *
   * @return in the order they are to be asked
   */
  public static List<FileKind> all() {
    return List.of(new Pipes(), new Eventfd(), new RegularFiles());
  }
}
