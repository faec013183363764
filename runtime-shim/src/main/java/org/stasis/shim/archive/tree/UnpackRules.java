package org.stasis.shim.archive.tree;

import org.stasis.linux.Device;
import org.stasis.shim.archive.tar.TarType;

/**
 * What an archive may put where it is unpacked.
 *
 * @param replaces whether what is there already gives way; otherwise it is an error, also for the
 *     archive's own
 * @param anything whether owners, permissions and attributes are the archive's, and whether hard
 *     links, FIFOs and links to anywhere may be made; other symbolic links always may
 * @param allDevices whether devices may be made that are not in every container
 * @param whiteouts whether names tell what to delete, as in the layers of OCI images
 */
public record UnpackRules(
    boolean replaces, boolean anything, boolean allDevices, boolean whiteouts) {
  /** Files of a container tool: nothing that is not plain. */
  public static final UnpackRules PARTS = new UnpackRules(false, false, false, false);

  private static final int MEMORY_DEVICES = 1;
  private static final int TERMINALS = 5;

  /**
   * A layer whose content is {@link #PARTS}.
   *
   * @return the rules
   */
  public static UnpackRules layer() {
    return new UnpackRules(true, false, false, true);
  }

  /**
   * Changes of a container's root directory.
   *
   * @param allDevices whether devices may be made that are not in every container
   * @param whiteouts whether names tell what to delete
   * @return the rules
   */
  public static UnpackRules rootfs(boolean allDevices, boolean whiteouts) {
    return new UnpackRules(true, true, allDevices, whiteouts);
  }

  /** null, zero, full, random, urandom; tty, ptmx. */
  boolean allows(TarType type, Device device) {
    if (!anything) {
      return false;
    }
    boolean plain =
        type == TarType.CHARACTER_DEVICE
            && switch (device.major()) {
              case MEMORY_DEVICES ->
                  switch (device.minor()) {
                    case 3, 5, 7, 8, 9 -> true;
                    default -> false;
                  };
              case TERMINALS -> device.minor() == 0 || device.minor() == 2;
              default -> false;
            };
    boolean whiteout = device.equals(Device.NONE); // overlayfs would take it for a deleted file
    return plain || allDevices && !whiteout;
  }
}
