package org.stasis.shim.engine;

/** The folder of the resident engine; {@code launcher.c} knows it too. */
public final class RunFolder {
  /** Where it is. */
  public static final String PATH = "/run/stasis";

  /** The log of the resident engine, across all that there were since the machine started. */
  public static final String LOG_PATH = PATH + "/engine.log";

  /** Where launchers find the resident engine. */
  public static final String SOCKET_PATH = PATH + "/engine.sock";

  /** Where OCI hooks record the containers that there are. */
  public static final String CONTAINERS_PATH = PATH + "/containers";

  /** The file that the resident engine holds locked. */
  static final String LOCK_PATH = PATH + "/engine.lock";

  private RunFolder() {}
}
