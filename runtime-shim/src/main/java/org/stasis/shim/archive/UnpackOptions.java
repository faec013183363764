package org.stasis.shim.archive;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How an archive is unpacked.
 *
 * @param rootfs the root directory of a container made of the same image, to get the changes of the
 *     archive's; null for none
 * @param allDevices whether changes of the root directory may have devices that are not in every
 *     container
 * @param limits how large it may become
 */
public record UnpackOptions(@Nullable Path rootfs, boolean allDevices, UnpackLimits limits) {
  /** Nothing but the archive's parts. */
  public static final UnpackOptions STANDARD =
      new UnpackOptions(null, false, UnpackLimits.STANDARD);

  /**
   * The same with a root directory that gets the changes.
   *
   * @param directory the root directory
   * @return the options
   */
  public UnpackOptions withRootfs(Path directory) {
    return new UnpackOptions(directory, allDevices, limits);
  }
}
