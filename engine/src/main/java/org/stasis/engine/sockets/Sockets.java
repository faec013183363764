package org.stasis.engine.sockets;

import org.stasis.engine.StasisException;
import org.stasis.engine.spi.OpenFile;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.Socket;
import org.stasis.linux.socket.SocketOption;

/** Tells sockets from other files and from each other. */
public final class Sockets {
  /** What {@link #family} says of a file that is no socket. */
  public static final int NO_SOCKET = -1;

  private Sockets() {}

  /**
   * The family of an open file, if it is a socket.
   *
   * @param file any open file of a task
   * @return {@code AF_}, or {@link #NO_SOCKET}
   * @throws StasisException when it cannot be asked
   */
  public static int family(OpenFile file) throws StasisException {
    if (file.stat().type() != Stat.S_IFSOCK || !file.link().startsWith("socket:[")) {
      return NO_SOCKET; // what O_PATH opens at the name of a Unix socket is no socket
    }
    return option(file, SocketOption.SO_DOMAIN);
  }

  /**
   * Asks a socket for an option of its own level that is a number.
   *
   * @param file a socket
   * @param option {@code SO_}
   * @return the value
   * @throws StasisException when it cannot be asked
   */
  public static int option(OpenFile file, int option) throws StasisException {
    try {
      return Socket.option(file.duplicate(), SocketOption.SOL_SOCKET, option);
    } catch (SyscallException e) {
      throw failed(file, e);
    }
  }

  /**
   * Explains a failed call about a socket.
   *
   * @param file the socket
   * @param cause the call
   * @return the exception, to be thrown
   */
  public static StasisException failed(OpenFile file, SyscallException cause) {
    return new StasisException(file.task().describe(), "looking at " + file.describe(), "", cause);
  }
}
