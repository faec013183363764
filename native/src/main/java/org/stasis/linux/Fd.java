package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.stasis.linux.foreign.Scratch;

/**
 * A file descriptor of this process, and who closes it: the holder of this object.
 *
 * <p>Every descriptor is opened close-on-exec unless the caller's flags are handed through as they
 * are. Reading and writing start again when a signal interrupts them. Not safe for closing in one
 * thread while another uses it: the number may have been given away again.
 */
public final class Fd implements AutoCloseable {
  private static final int BOUNCE_BYTES = 1 << 20; // the most that one call copies for an array

  private int number;

  private Fd(int number) {
    this.number = number;
  }

  /**
   * Takes over a descriptor.
   *
   * @param number an open descriptor that nobody else will close
   * @return its holder
   */
  public static Fd of(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("no descriptor: " + number);
    }
    return new Fd(number);
  }

  /**
   * Opens a path, as open(2).
   *
   * @param path absolute, or relative to the working directory
   * @param flags {@code O_} flags of {@link Open}
   * @param mode permissions of a file that gets created; the umask applies
   * @return the descriptor
   * @throws SyscallException open(2)
   */
  public static Fd open(String path, int flags, int mode) throws SyscallException {
    return new Fd(Open.openat(Open.AT_FDCWD, path, flags, mode));
  }

  /**
   * Opens a path that exists; see {@link #open(String, int, int)}.
   *
   * @param path absolute, or relative to the working directory
   * @param flags {@code O_} flags of {@link Open}, without {@code O_CREAT}
   * @return the descriptor
   * @throws SyscallException open(2)
   */
  public static Fd open(String path, int flags) throws SyscallException {
    return open(path, flags, 0);
  }

  /**
   * Opens a directory close-on-exec.
   *
   * @param path absolute, or relative to the working directory
   * @return the descriptor
   * @throws SyscallException open(2); ENOTDIR when it is something else
   */
  public static Fd openDirectory(String path) throws SyscallException {
    return open(path, Open.O_RDONLY | Open.O_DIRECTORY | Open.O_CLOEXEC, 0);
  }

  /**
   * Opens a path below this directory, as openat(2).
   *
   * @param path relative to this directory, or absolute
   * @param flags {@code O_} flags of {@link Open}
   * @param mode permissions of a file that gets created; the umask applies
   * @return the descriptor
   * @throws SyscallException openat(2)
   */
  public Fd openAt(String path, int flags, int mode) throws SyscallException {
    return new Fd(Open.openat(number(), path, flags, mode));
  }

  /**
   * Opens a path below this directory with a say in how it is resolved, as openat2(2).
   *
   * @param path relative to this directory
   * @param flags {@code O_} flags of {@link Open}
   * @param mode permissions of a file that gets created, 0 without {@code O_CREAT}
   * @param resolve {@code RESOLVE_} flags of {@link Open}
   * @return the descriptor
   * @throws SyscallException openat2(2); EXDEV or ELOOP when a restriction is hit
   */
  public Fd openAt2(String path, int flags, int mode, int resolve) throws SyscallException {
    return new Fd(Open.openat2(number(), path, flags, mode, resolve));
  }

  /**
   * Creates an empty file in this directory for writing, replacing the content of an old one.
   *
   * @param name relative to this directory
   * @param mode permissions; the umask applies
   * @return the descriptor, close-on-exec
   * @throws SyscallException openat(2)
   */
  public Fd create(String name, int mode) throws SyscallException {
    return openAt(name, Open.O_RDWR | Open.O_CREAT | Open.O_TRUNC | Open.O_CLOEXEC, mode);
  }

  /**
   * The descriptor's number.
   *
   * @return a number of this process
   * @throws IllegalStateException after {@link #close} or {@link #release}
   */
  public int number() {
    if (number < 0) {
      throw new IllegalStateException("the descriptor was closed or given away");
    }
    return number;
  }

  /**
   * Gives the descriptor away: closing this object has nothing left to do.
   *
   * @return the number, which the caller now has to close
   */
  public int release() {
    int given = number();
    number = -1;
    return given;
  }

  /**
   * Makes another descriptor of the same open file, close-on-exec.
   *
   * @return the lowest free number
   * @throws SyscallException EMFILE
   */
  public Fd duplicate() throws SyscallException {
    return duplicateFrom(0);
  }

  /**
   * Makes another descriptor of the same open file, close-on-exec, not below a certain number.
   *
   * @param lowest the lowest number wanted
   * @return the lowest free number from there on
   * @throws SyscallException EMFILE, EINVAL
   */
  public Fd duplicateFrom(int lowest) throws SyscallException {
    return new Fd((int) Fcntl.call(number(), Fcntl.F_DUPFD_CLOEXEC, lowest, "dup"));
  }

  /**
   * Reads at the file's position, as read(2).
   *
   * @param into native memory; its size is how much is asked for
   * @return bytes read, 0 at the end
   * @throws SyscallException read(2); EAGAIN when it would block and must not
   */
  public long read(MemorySegment into) throws SyscallException {
    return transfer(SyscallNumber.READ, into, 0, "read");
  }

  /**
   * Reads at an offset, as pread(2).
   *
   * @param into native memory; its size is how much is asked for
   * @param offset in the file, in bytes
   * @return bytes read, 0 at the end
   * @throws SyscallException pread(2)
   */
  public long pread(MemorySegment into, long offset) throws SyscallException {
    return transfer(SyscallNumber.PREAD64, into, offset, "pread");
  }

  /**
   * Writes at the file's position, as write(2).
   *
   * @param from native memory
   * @return bytes written, maybe fewer than given
   * @throws SyscallException write(2); writing to a pipe without reader also raises SIGPIPE, which
   *     the JVM ignores
   */
  public long write(MemorySegment from) throws SyscallException {
    return transfer(SyscallNumber.WRITE, from, 0, "write");
  }

  /**
   * Writes at an offset, as pwrite(2).
   *
   * @param from native memory
   * @param offset in the file, in bytes
   * @return bytes written, maybe fewer than given
   * @throws SyscallException pwrite(2)
   */
  public long pwrite(MemorySegment from, long offset) throws SyscallException {
    return transfer(SyscallNumber.PWRITE64, from, offset, "pwrite");
  }

  /**
   * Writes all of it at the file's position.
   *
   * @param from native memory
   * @throws SyscallException write(2); part may have been written
   */
  public void writeFully(MemorySegment from) throws SyscallException {
    for (long done = 0; done < from.byteSize(); ) {
      done += write(from.asSlice(done));
    }
  }

  /**
   * Writes all of it at an offset.
   *
   * @param from native memory
   * @param offset in the file, in bytes
   * @throws SyscallException pwrite(2); part may have been written
   */
  public void pwriteFully(MemorySegment from, long offset) throws SyscallException {
    for (long done = 0; done < from.byteSize(); ) {
      done += pwrite(from.asSlice(done), offset + done);
    }
  }

  /**
   * Reads at the file's position into an array.
   *
   * @param into where to
   * @param start first index
   * @param length how much is asked for; no more than 1 MiB is read at once
   * @return bytes read, 0 at the end
   * @throws SyscallException read(2)
   */
  public int read(byte[] into, int start, int length) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocateDirty(Math.min(length, BOUNCE_BYTES));
      int read = (int) read(memory);
      MemorySegment.copy(memory, JAVA_BYTE, 0, into, start, read);
      return read;
    }
  }

  /**
   * Reads at an offset into an array; see {@link #read(byte[], int, int)}.
   *
   * @param into where to
   * @param start first index
   * @param length how much is asked for; no more than 1 MiB is read at once
   * @param offset in the file, in bytes
   * @return bytes read, 0 at the end
   * @throws SyscallException pread(2)
   */
  public int pread(byte[] into, int start, int length, long offset) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocateDirty(Math.min(length, BOUNCE_BYTES));
      int read = (int) pread(memory, offset);
      MemorySegment.copy(memory, JAVA_BYTE, 0, into, start, read);
      return read;
    }
  }

  /**
   * Writes from an array at the file's position.
   *
   * @param from what to write
   * @param start first index
   * @param length how much; no more than 1 MiB is written at once
   * @return bytes written, maybe fewer than given
   * @throws SyscallException write(2)
   */
  public int write(byte[] from, int start, int length) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocateDirty(Math.min(length, BOUNCE_BYTES));
      MemorySegment.copy(from, start, memory, JAVA_BYTE, 0, (int) memory.byteSize());
      return (int) write(memory);
    }
  }

  /**
   * Writes a whole array at the file's position.
   *
   * @param from what to write
   * @throws SyscallException write(2); part may have been written
   */
  public void writeFully(byte[] from) throws SyscallException {
    for (int done = 0; done < from.length; ) {
      done += write(from, done, from.length - done);
    }
  }

  /**
   * Reads into several ranges at an offset, as preadv(2).
   *
   * @param into the ranges, at most {@link IoVector#MAX_RANGES}
   * @param offset in the file, in bytes; -1 for the file's position
   * @return bytes read, 0 at the end
   * @throws SyscallException preadv(2)
   */
  public long preadv(IoVector into, long offset) throws SyscallException {
    return vectored(
        offset == -1 ? SyscallNumber.READV : SyscallNumber.PREADV, into, offset, "preadv");
  }

  /**
   * Writes several ranges at an offset, as pwritev(2).
   *
   * @param from the ranges, at most {@link IoVector#MAX_RANGES}
   * @param offset in the file, in bytes; -1 for the file's position
   * @return bytes written, maybe fewer than given
   * @throws SyscallException pwritev(2)
   */
  public long pwritev(IoVector from, long offset) throws SyscallException {
    return vectored(
        offset == -1 ? SyscallNumber.WRITEV : SyscallNumber.PWRITEV, from, offset, "pwritev");
  }

  /**
   * Moves the file's position, as lseek(2).
   *
   * @param offset in bytes
   * @param whence 0 from the start, 1 from the position, 2 from the end, 3 to data, 4 to a hole
   * @return the new position
   * @throws SyscallException lseek(2); ENXIO when there is no data or hole behind the offset
   */
  public long seek(long offset, int whence) throws SyscallException {
    return Syscall.check(Syscall.raw(SyscallNumber.LSEEK, number(), offset, whence), "lseek");
  }

  /**
   * Sets the file's length, as ftruncate(2).
   *
   * @param bytes the new length
   * @throws SyscallException ftruncate(2)
   */
  public void truncate(long bytes) throws SyscallException {
    Syscall.check(Syscall.raw(SyscallNumber.FTRUNCATE, number(), bytes), "ftruncate");
  }

  /**
   * What is known about the open file.
   *
   * @return the answer of statx(2)
   * @throws SyscallException statx(2)
   */
  public Stat stat() throws SyscallException {
    return Stat.at(number(), "", Open.AT_EMPTY_PATH);
  }

  /**
   * Controls a device or file with memory as the argument, as ioctl(2).
   *
   * @param request the request's number, see {@link IoctlNumber}
   * @param argument native memory that the kernel reads or writes
   * @param name the request's name, for the message
   * @return what the request returns
   * @throws SyscallException ENOTTY when the file knows no such request
   */
  public long ioctl(long request, MemorySegment argument, String name) throws SyscallException {
    try {
      return ioctl(request, Syscall.address(argument), name);
    } finally {
      Reference.reachabilityFence(argument);
    }
  }

  /**
   * Controls a device or file with a number as the argument, as ioctl(2).
   *
   * @param request the request's number, see {@link IoctlNumber}
   * @param argument the number
   * @param name the request's name, for the message
   * @return what the request returns
   * @throws SyscallException ENOTTY when the file knows no such request
   */
  public long ioctl(long request, long argument, String name) throws SyscallException {
    return Syscall.check(Syscall.raw(SyscallNumber.IOCTL, number(), request, argument), name);
  }

  /**
   * Asks a device or file for one number, as ioctl(2) with a pointer to an {@code int}.
   *
   * @param request the request's number, see {@link IoctlNumber}
   * @param name the request's name, for the message
   * @return the number the kernel stored
   * @throws SyscallException ENOTTY when the file knows no such request
   */
  public int ioctlInt(long request, String name) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment value = scratch.allocate(JAVA_INT);
      ioctl(request, value, name);
      return value.get(JAVA_INT, 0);
    }
  }

  /**
   * Closes the descriptor, unless it was released or closed before.
   *
   * @throws SyscallException EIO and the like from a file system that wrote late; the number is
   *     free all the same
   */
  @Override
  public void close() throws SyscallException {
    if (number >= 0) {
      int closing = number;
      number = -1;
      long answer = Syscall.raw(SyscallNumber.CLOSE, closing);
      if (answer < 0 && answer != -Errno.EINTR.number()) { // closed nevertheless, close(2)
        throw Syscall.failure(answer, "close");
      }
    }
  }

  @Override
  public String toString() {
    return number < 0 ? "fd (closed)" : "fd " + number;
  }

  private long transfer(int call, MemorySegment memory, long offset, String name)
      throws SyscallException {
    long address = Syscall.address(memory);
    try {
      return restarted(call, address, memory.byteSize(), offset, name);
    } finally {
      Reference.reachabilityFence(memory);
    }
  }

  private long vectored(int call, IoVector ranges, long offset, String name)
      throws SyscallException {
    try {
      return restarted(call, ranges.address(), ranges.size(), offset, name);
    } finally {
      Reference.reachabilityFence(ranges);
    }
  }

  private long restarted(int call, long address, long size, long offset, String name)
      throws SyscallException {
    long answer;
    do {
      answer = Syscall.raw(call, number(), address, size, offset);
    } while (answer == -Errno.EINTR.number());
    return Syscall.check(answer, name);
  }
}
