package org.stasis.shim;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.RootAgent;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/**
 * The process that called a door (the launcher), as the engine's process sees it: one session's
 * arguments, surroundings and descriptors. Lives as long as the session.
 */
public interface Caller {
  /**
   * The command line.
   *
   * @return the arguments, the program's name first
   */
  List<String> arguments();

  /**
   * The environment.
   *
   * @return names and values
   */
  Map<String, String> environment();

  /**
   * The calling process.
   *
   * @return its id, in the engine's pid namespace
   */
  int pid();

  /**
   * The effective user of the calling process.
   *
   * @return a user id of the engine's user namespace
   */
  int effectiveUid();

  /**
   * The caller's working directory.
   *
   * @return a path that the engine's process can open, such as {@code /proc/PID/cwd}
   */
  Path workingDirectory();

  /**
   * Turns a path of the caller into one that the engine's process can open.
   *
   * @param path as the caller wrote it: absolute in its root, or relative to its working directory
   * @return the same file, seen from the engine's process
   */
  Path resolve(String path);

  /**
   * One of the caller's open descriptors.
   *
   * @param number the descriptor's number over there; 0 to 2 are the standard ones
   * @return a duplicate, owned by whoever asked
   * @throws SyscallException EBADF when it has none of that number
   */
  Fd descriptor(int number) throws SyscallException;

  /**
   * The caller as the process in whose place a restored tree is made.
   *
   * @return the agent; one for the whole session
   */
  RootAgent rootAgent();

  /**
   * Waits until the calling process has no children left: the end of a restore that is not
   * detached. Children that ended are reaped.
   *
   * @throws SyscallException when the caller is gone
   */
  void awaitChildren() throws SyscallException;

  /**
   * Makes the calling process execute a program in its own place once the session ends with status
   * 0; the program's status is then the session's.
   *
   * @param command the program, looked for on the caller's {@code PATH}, and its arguments
   * @param output becomes standard output and standard error of the program, and is duplicated
   *     before this returns; null to leave both as they are
   * @throws SyscallException when the caller is gone
   */
  void execute(List<String> command, @Nullable Fd output) throws SyscallException;

  /**
   * Has the calling process run a program as its child and waits for that: the program has the
   * caller's standard descriptors, environment, working directory, session and control groups.
   *
   * @param command the program, looked for on the caller's {@code PATH}, and its arguments
   * @param passed what it gets as descriptors 3, 4, …, in place of what the caller has there
   * @return its exit status; 128 and the signal when a signal ended it
   * @throws SyscallException when the caller is gone, ENOENT when there is no such program
   */
  int run(List<String> command, List<Fd> passed) throws SyscallException;

  /**
   * The same for a program that runs as long as a container: signals that the caller gets meanwhile
   * are passed on to it, and others of the caller's children that end are reaped.
   *
   * @param command the program, looked for on the caller's {@code PATH}, and its arguments
   * @return its exit status; 128 and the signal when a signal ended it
   * @throws SyscallException when the caller is gone, ENOENT when there is no such program
   */
  int runAttended(List<String> command) throws SyscallException;

  /**
   * Asks for the OCI runtime that the calling process, {@code stasis-runc}, stands in front of.
   *
   * @return the runtime's path, or why there is none, beginning with {@code stasis: }
   * @throws SyscallException when the caller is gone
   */
  String realRuntime() throws SyscallException;

  /**
   * Has the calling process run programs should this engine be killed before it has {@link
   * #forgetCleaning forgotten} them: what was begun outside is then taken back all the same.
   *
   * @param command the path of a program, and its arguments; the last one given is run first
   * @throws SyscallException when the caller is gone
   */
  void cleanUpLater(List<String> command) throws SyscallException;

  /**
   * What was begun shall stay, or is gone.
   *
   * @throws SyscallException when the caller is gone
   */
  void forgetCleaning() throws SyscallException;

  /**
   * Makes the calling process the parent of all descendants of its that lose theirs, for {@link
   * #awaitChildren}.
   *
   * @throws SyscallException when the caller is gone
   */
  void adoptOrphans() throws SyscallException;

  /**
   * Waits for one child of the calling process, and reaps it. Signals that the caller gets
   * meanwhile are passed on to the child; others of its children that end are reaped.
   *
   * @param child its id, in the caller's pid namespace
   * @param console the master of the child's terminal, which the caller's standard descriptors then
   *     stand for: closed here. Null when it has none
   * @return its exit status; 128 and the signal when a signal ended it
   * @throws SyscallException ECHILD when there is no such child; when the caller is gone
   */
  int attendChild(int child, @Nullable Fd console) throws SyscallException;

  /**
   * Whether the session shall end: the caller was interrupted or is gone.
   *
   * @return true from then on
   */
  boolean cancelled();

  /**
   * Has something done when the session is cancelled, such as closing a descriptor that somebody
   * waits for. Runs on another thread, at once when it is cancelled already.
   *
   * @param action what to do
   */
  void onCancel(Runnable action);
}
