package org.stasis.shim.criu;

/**
 * The version of CRIU whose command line, protocol and images this is. Callers compare it to find
 * out what they can ask for; a git id would make them count one minor version more.
 */
public final class CriuVersion {
  /** First number. */
  public static final int MAJOR = 4;

  /** Second number. */
  public static final int MINOR = 2;

  private CriuVersion() {}

  static String text() {
    return MAJOR + "." + MINOR;
  }
}
