package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.stasis.linux.foreign.Scratch;

/**
 * Control over faults in an address space, userfaultfd(2).
 *
 * <p>The address space is that of the task that made the descriptor, whoever uses it: made inside a
 * task and fetched with {@link PidFd#getFd}, it acts on that task.
 */
public final class Userfaultfd implements AutoCloseable {
  public static final int UFFD_USER_MODE_ONLY = 1;

  public static final long UFFD_FEATURE_PAGEFAULT_FLAG_WP = 1;
  public static final long UFFD_FEATURE_WP_HUGETLBFS_SHMEM = 1 << 12;
  public static final long UFFD_FEATURE_WP_UNPOPULATED = 1 << 13;

  /** Faults on protected pages are resolved by the kernel, which only takes the protection off. */
  public static final long UFFD_FEATURE_WP_ASYNC = 1 << 15;

  public static final long UFFDIO_REGISTER_MODE_MISSING = 1;
  public static final long UFFDIO_REGISTER_MODE_WP = 2;
  public static final long UFFDIO_REGISTER_MODE_MINOR = 4;

  /** {@code struct uffdio_api}. */
  static final StructLayout API =
      structLayout(
              JAVA_LONG.withName("api"),
              JAVA_LONG.withName("features"),
              JAVA_LONG.withName("ioctls"))
          .withName("struct uffdio_api");

  /** {@code struct uffdio_range}. */
  static final StructLayout RANGE =
      structLayout(JAVA_LONG.withName("start"), JAVA_LONG.withName("len"))
          .withName("struct uffdio_range");

  /** {@code struct uffdio_register}. */
  static final StructLayout REGISTER =
      structLayout(
              JAVA_LONG.withName("range.start"),
              JAVA_LONG.withName("range.len"),
              JAVA_LONG.withName("mode"),
              JAVA_LONG.withName("ioctls"))
          .withName("struct uffdio_register");

  /** {@code struct uffdio_writeprotect}. */
  static final StructLayout WRITE_PROTECT =
      structLayout(
              JAVA_LONG.withName("range.start"),
              JAVA_LONG.withName("range.len"),
              JAVA_LONG.withName("mode"))
          .withName("struct uffdio_writeprotect");

  private static final long API_API = API.byteOffset(groupElement("api"));
  private static final long API_FEATURES = API.byteOffset(groupElement("features"));
  private static final long START = REGISTER.byteOffset(groupElement("range.start"));
  private static final long LENGTH = REGISTER.byteOffset(groupElement("range.len"));
  private static final long MODE = REGISTER.byteOffset(groupElement("mode"));
  private static final int TYPE = 0xaa;
  private static final long UFFD_API = 0xaa;
  private static final long UFFDIO_API = IoctlNumber.readWrite(TYPE, 0x3f, API.byteSize());
  private static final long UFFDIO_REGISTER = IoctlNumber.readWrite(TYPE, 0, REGISTER.byteSize());
  private static final long UFFDIO_UNREGISTER = IoctlNumber.read(TYPE, 1, RANGE.byteSize());
  private static final long UFFDIO_WRITEPROTECT =
      IoctlNumber.readWrite(TYPE, 6, WRITE_PROTECT.byteSize());

  private final Fd fd;

  private Userfaultfd(Fd fd) {
    this.fd = fd;
  }

  /**
   * Makes one for this process.
   *
   * @param flags {@code O_CLOEXEC}, {@code O_NONBLOCK}, {@link #UFFD_USER_MODE_ONLY}
   * @return a descriptor that still needs {@link #enable}
   * @throws SyscallException EPERM without CAP_SYS_PTRACE, ENOSYS
   */
  public static Userfaultfd create(int flags) throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.USERFAULTFD, flags);
    return new Userfaultfd(Fd.of((int) Syscall.check(answer, "userfaultfd")));
  }

  /**
   * Takes over one, mostly of another task.
   *
   * @param fd the descriptor
   * @return the same
   */
  public static Userfaultfd of(Fd fd) {
    return new Userfaultfd(fd);
  }

  /**
   * The descriptor, which stays this object's.
   *
   * @return for waiting and reading
   */
  public Fd fd() {
    return fd;
  }

  /**
   * Agrees with the kernel on features, once, before anything else.
   *
   * @param features {@code UFFD_FEATURE_} bits that are needed
   * @return all features that this kernel has
   * @throws SyscallException EINVAL when it lacks one, EPERM when one needs a privilege
   */
  public long enable(long features) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment api = scratch.allocate(API);
      api.set(JAVA_LONG, API_API, UFFD_API);
      api.set(JAVA_LONG, API_FEATURES, features);
      fd.ioctl(UFFDIO_API, api, "UFFDIO_API");
      return api.get(JAVA_LONG, API_FEATURES);
    }
  }

  /**
   * Takes a range under control.
   *
   * @param start first byte, page aligned
   * @param length in bytes, whole pages
   * @param mode {@code UFFDIO_REGISTER_MODE_} bits
   * @throws SyscallException EINVAL for a kind of mapping that can't, EBUSY when another has it
   */
  public void register(long start, long length, long mode) throws SyscallException {
    range(UFFDIO_REGISTER, REGISTER, start, length, mode, "UFFDIO_REGISTER");
  }

  /**
   * Lets a range go.
   *
   * @param start first byte, page aligned
   * @param length in bytes, whole pages
   * @throws SyscallException EINVAL
   */
  public void unregister(long start, long length) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment range = scratch.allocate(RANGE);
      range.set(JAVA_LONG, START, start);
      range.set(JAVA_LONG, LENGTH, length);
      fd.ioctl(UFFDIO_UNREGISTER, range, "UFFDIO_UNREGISTER");
    }
  }

  /**
   * Protects the pages of a range against writing, or stops doing so.
   *
   * @param start first byte, page aligned
   * @param length in bytes, whole pages
   * @param protect whether to
   * @throws SyscallException ENOENT when the range is not registered so, EAGAIN while the task
   *     forks
   */
  public void writeProtect(long start, long length, boolean protect) throws SyscallException {
    long mode = protect ? 1 : 0;
    range(UFFDIO_WRITEPROTECT, WRITE_PROTECT, start, length, mode, "UFFDIO_WRITEPROTECT");
  }

  @Override
  public void close() throws SyscallException {
    fd.close();
  }

  private void range(
      long request, StructLayout layout, long start, long length, long mode, String name)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(layout);
      memory.set(JAVA_LONG, START, start);
      memory.set(JAVA_LONG, LENGTH, length);
      memory.set(JAVA_LONG, MODE, mode); // at the same offset in both structures
      fd.ioctl(request, memory, name);
    }
  }
}
