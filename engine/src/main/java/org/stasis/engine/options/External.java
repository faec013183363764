package org.stasis.engine.options;

import java.util.Optional;

/** Something outside of the tree that its caller provides: values of {@code --external}. */
public sealed interface External {
  /**
   * A mount. At the dump the key is the mount point and the value the name it is saved under; at
   * the restore the key is that name and the value the path bound in its place.
   *
   * @param key mount point, or name in the images
   * @param value name in the images, or path that this process can open
   */
  record Mount(String key, String value) implements External {}

  /**
   * All mounts whose source is outside are external.
   *
   * @param masters whether they may be slaves of mounts outside
   * @param sharing whether they may be shared with mounts outside
   */
  record AutoMounts(boolean masters, boolean sharing) implements External {}

  /**
   * A block device that is mounted.
   *
   * @param key major and minor number, {@code MAJ/MIN} in decimal, at the dump; the name in the
   *     images at the restore
   * @param value name in the images, or path of the device that this process can open
   */
  record Device(String key, String value) implements External {}

  /**
   * An open file that cannot be reached by a path; {@link InheritFd} brings it back.
   *
   * @param mountId of its mount
   * @param inode its inode number
   */
  record OpenFile(int mountId, long inode) implements External {}

  /**
   * A terminal; {@link InheritFd} brings it back.
   *
   * @param rdev device number of the terminal, as stat(2) has it
   * @param dev device number of the file system its node is on
   */
  record Tty(long rdev, long dev) implements External {}

  /**
   * A Unix socket whose peer is outside.
   *
   * @param inode of the socket within the tree
   */
  record UnixSocket(long inode) implements External {}

  /**
   * A namespace; {@link InheritFd} brings it back by its label.
   *
   * @param kind {@link NamespaceKind#NET} or {@link NamespaceKind#PID}
   * @param inode the namespace
   * @param label its name in the images
   */
  record Namespace(NamespaceKind kind, long inode, String label) implements External {}

  /**
   * The outer end of a pair of network devices, at the restore.
   *
   * @param inner name of the end within the tree
   * @param outer name the outer end gets
   * @param bridge the bridge it is put into
   */
  record Veth(String inner, String outer, Optional<String> bridge) implements External {}

  /**
   * The device below a macvlan device, at the restore.
   *
   * @param inner name of the device within the tree
   * @param lower name of the device outside
   */
  record Macvlan(String inner, String lower) implements External {}

  /**
   * A network device that exists outside and is moved in, at the restore.
   *
   * @param inner its name within the tree
   * @param outer its name outside
   */
  record Netdev(String inner, String outer) implements External {}

  /**
   * Reads a value of {@code --external}.
   *
   * @param text {@code TYPE[ID]} or {@code TYPE[ID]:VALUE}
   * @return what it means
   * @throws IllegalArgumentException when it means nothing; the message says why
   */
  static External parse(String text) {
    return ExternalSyntax.parse(text);
  }
}
