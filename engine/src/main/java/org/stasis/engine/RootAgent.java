package org.stasis.engine;

import java.util.Optional;
import org.stasis.engine.options.Box;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/**
 * The process in whose place (parent, namespaces, cgroup, descriptors) restored tasks are made: the
 * launcher. It obeys one order at a time; every method waits for its answer unless it says
 * otherwise.
 */
public interface RootAgent {
  /**
   * Its process id.
   *
   * @return in the engine's pid namespace
   */
  int pid();

  /**
   * The container that it is the first process of, which is to be filled.
   *
   * @return empty when everything is made from the images
   */
  default Optional<Box> box() {
    return Optional.empty();
  }

  /**
   * One of its open descriptors.
   *
   * @param number the descriptor's number over there
   * @return a duplicate, owned by the caller
   * @throws SyscallException EBADF when it has none of that number
   */
  Fd descriptor(int number) throws SyscallException;

  /**
   * Maps a file there.
   *
   * @param file what to map, from its start
   * @param address where, page aligned, free
   * @param lengthBytes how much
   * @param protection PROT_READ (1), PROT_WRITE (2), PROT_EXEC (4) of mmap(2)
   * @throws SyscallException when it cannot
   */
  void map(Fd file, long address, long lengthBytes, int protection) throws SyscallException;

  /**
   * Maps private anonymous memory there, readable and writable.
   *
   * @param address where, page aligned, free
   * @param lengthBytes how much
   * @throws SyscallException when it cannot
   */
  void mapStack(long address, long lengthBytes) throws SyscallException;

  /**
   * Unmaps memory there.
   *
   * @param address first byte, page aligned
   * @param lengthBytes how much
   * @throws SyscallException when it cannot
   */
  void unmap(long address, long lengthBytes) throws SyscallException;

  /**
   * Starts a program of the agent there and does not wait for it: the channel tells how it goes.
   * {@link #awaitProgram()} collects the answer before the next order.
   *
   * @param entry address of the root entry of agent.bin
   * @param channel address of the channel
   * @param program offset of the program in it, in bytes
   * @param stackTop address just after the stack
   * @throws SyscallException when it is gone
   */
  void startProgram(long entry, long channel, long program, long stackTop) throws SyscallException;

  /**
   * Waits until the program last started has ended.
   *
   * @return its {@code program_state}
   * @throws SyscallException when the agent is gone
   */
  int awaitProgram() throws SyscallException;

  /**
   * Gives it a descriptor.
   *
   * @param file what it gets a duplicate of
   * @param number the descriptor's number over there; what had it is closed
   * @throws SyscallException EBADF when the number is beyond its limit
   */
  void keep(Fd file, int number) throws SyscallException;

  /**
   * Has it undo something should this process end before it is told to exit. It then waits until
   * nobody has the memory mapped that it {@link #map mapped} for writing, and performs the steps,
   * the newest first. This does not wait for an answer; what was said before this process ended is
   * known over there all the same.
   *
   * @param number for {@link #forget}, from 1 on
   * @param step stays the caller's
   * @throws SyscallException when it is gone
   */
  void undoLater(int number, UndoStep step) throws SyscallException;

  /**
   * Withdraws a step. This does not wait for an answer.
   *
   * @param number of the step; 0 for all
   * @throws SyscallException when it is gone
   */
  void forget(int number) throws SyscallException;
}
