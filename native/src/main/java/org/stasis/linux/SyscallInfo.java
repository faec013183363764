package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.StructLayout;

/** {@code struct ptrace_syscall_info}; the members of its union start at one place. */
final class SyscallInfo {
  /** With the union as for a stop by a filter; that of an entry is the first part of it. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_BYTE.withName("op"),
              paddingLayout(3),
              JAVA_INT.withName("arch"),
              JAVA_LONG.withName("instruction_pointer"),
              JAVA_LONG.withName("stack_pointer"),
              JAVA_LONG.withName("seccomp.nr"),
              sequenceLayout(6, JAVA_LONG).withName("seccomp.args"),
              JAVA_INT.withName("seccomp.ret_data"),
              paddingLayout(4))
          .withName("struct ptrace_syscall_info");

  /** With the union as at the exit of a call. */
  static final StructLayout EXIT =
      structLayout(
              paddingLayout(24),
              JAVA_LONG.withName("exit.rval"),
              JAVA_BYTE.withName("exit.is_error"),
              paddingLayout(55))
          .withName("struct ptrace_syscall_info");

  static final long OP = LAYOUT.byteOffset(groupElement("op"));
  static final long ARCH = LAYOUT.byteOffset(groupElement("arch"));
  static final long NR = LAYOUT.byteOffset(groupElement("seccomp.nr"));
  static final long ARGS = LAYOUT.byteOffset(groupElement("seccomp.args"));
  static final long RET_DATA = LAYOUT.byteOffset(groupElement("seccomp.ret_data"));
  static final long RVAL = EXIT.byteOffset(groupElement("exit.rval"));
  static final long IS_ERROR = EXIT.byteOffset(groupElement("exit.is_error"));

  private SyscallInfo() {}
}
