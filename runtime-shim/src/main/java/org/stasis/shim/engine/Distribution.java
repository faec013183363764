package org.stasis.shim.engine;

import org.jspecify.annotations.Nullable;
import org.stasis.linux.Names;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * The installed files that an engine and its launchers come from. {@code lib/launch} stands for all
 * of them: whoever installs another version replaces it.
 *
 * @param launchFile its path
 * @param identity device, inode and time of the file at that path; null when there is none
 */
record Distribution(String launchFile, @Nullable String identity) {
  private static final String DELETED = " (deleted)";

  /** The distribution that this engine was started from: the launcher changes to its lib folder. */
  static Distribution ofThisProcess() {
    return at(System.getProperty("user.dir") + "/launch");
  }

  /**
   * The distribution that a launcher belongs to, as it is on disk now.
   *
   * @param pid the launcher
   * @throws SyscallException ENOENT when it is gone
   */
  static Distribution ofLauncher(int pid) throws SyscallException {
    String executable = Names.readLink(null, "/proc/" + pid + "/exe");
    if (executable.endsWith(DELETED)) {
      executable = executable.substring(0, executable.length() - DELETED.length());
    }
    int bin = executable.lastIndexOf('/', executable.lastIndexOf('/') - 1);
    return at(executable.substring(0, Math.max(bin, 0)) + "/lib/launch");
  }

  /** What is at the same path now. */
  Distribution now() {
    return at(launchFile);
  }

  /** Whether the files are the same, by whatever path. */
  boolean sameAs(Distribution other) {
    return identity != null && identity.equals(other.identity);
  }

  private static Distribution at(String launchFile) {
    try {
      Stat stat = Stat.of(null, launchFile);
      return new Distribution(
          launchFile,
          stat.device() + " " + stat.inode() + " " + stat.size() + " " + stat.modified());
    } catch (SyscallException _) {
      return new Distribution(launchFile, null); // gone: as different as can be
    }
  }
}
