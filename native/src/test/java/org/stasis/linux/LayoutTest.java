package org.stasis.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every structure that is described in Java against the C headers. The name of a layout is its C
 * type, the names of its members are those in C; where they lie and how large they are is compared.
 */
@DisplayName("A structure has the layout of the C headers:")
class LayoutTest {
  private static final Map<String, List<String>> HEADERS =
      Map.ofEntries(
          Map.entry("struct __user_cap_data_struct", List.of("linux/capability.h")),
          Map.entry("struct termios", List.of("asm/termbits.h")),
          Map.entry("struct __user_cap_header_struct", List.of("linux/capability.h")),
          Map.entry("struct epoll_event", List.of("sys/epoll.h")),
          Map.entry("struct file_handle", List.of("fcntl.h")),
          Map.entry("struct ifinfomsg", List.of("linux/rtnetlink.h")),
          Map.entry("struct netlink_diag_msg", List.of("linux/netlink_diag.h")),
          Map.entry("struct netlink_diag_req", List.of("linux/netlink_diag.h")),
          Map.entry("struct rtmsg", List.of("linux/rtnetlink.h")),
          Map.entry("struct mnt_id_req", List.of("linux/mount.h")),
          Map.entry("struct mount_attr", List.of("linux/mount.h")),
          Map.entry("struct statmount", List.of("linux/mount.h")),
          Map.entry("siginfo_t", List.of("signal.h")),
          Map.entry("struct cmsghdr", List.of("sys/socket.h")),
          Map.entry("struct dirent64", List.of("dirent.h")),
          Map.entry("struct f_owner_ex", List.of("fcntl.h")),
          Map.entry("struct iovec", List.of("sys/uio.h")),
          Map.entry("struct ipc64_perm", List.of("linux/msg.h")),
          Map.entry("struct kcmp_epoll_slot", List.of("linux/types.h", "linux/kcmp.h")),
          Map.entry("struct msghdr", List.of("sys/socket.h")),
          Map.entry("struct msqid64_ds", List.of("linux/msg.h")),
          Map.entry("struct open_how", List.of("linux/openat2.h")),
          Map.entry("struct page_region", List.of("linux/fs.h")),
          Map.entry("struct pm_scan_arg", List.of("linux/fs.h")),
          Map.entry("struct pollfd", List.of("poll.h")),
          Map.entry("struct ptrace_peeksiginfo_args", List.of("linux/ptrace.h")),
          Map.entry("struct ptrace_rseq_configuration", List.of("linux/ptrace.h")),
          Map.entry("struct ptrace_sud_config", List.of("linux/ptrace.h")),
          Map.entry("struct ptrace_syscall_info", List.of("linux/ptrace.h")),
          Map.entry("struct rlimit64", List.of("sys/resource.h")),
          Map.entry("struct sched_attr", List.of("linux/sched/types.h")),
          Map.entry("struct seccomp_metadata", List.of("linux/ptrace.h")),
          Map.entry("struct sockaddr_un", List.of("sys/un.h")),
          Map.entry("struct statx", List.of("linux/stat.h")),
          Map.entry("struct statx_timestamp", List.of("linux/stat.h")),
          Map.entry("struct timespec", List.of("time.h")),
          Map.entry("struct ucred", List.of("sys/socket.h")),
          Map.entry("struct uffdio_api", List.of("linux/userfaultfd.h")),
          Map.entry("struct uffdio_range", List.of("linux/userfaultfd.h")),
          Map.entry("struct uffdio_register", List.of("linux/userfaultfd.h")),
          Map.entry("struct uffdio_writeprotect", List.of("linux/userfaultfd.h")),
          Map.entry("struct user_regs_struct", List.of("sys/user.h")));

  /** Layouts that are no structure of the headers, and why. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "Seqpacket.CONTROL", "a struct cmsghdr and what follows it, CMSG_DATA",
          "Syscall.STATE", "what the JDK keeps errno in");

  @TestFactory
  Stream<DynamicTest> compare() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    for (Class<?> type : KernelHeaders.classes()) {
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == StructLayout.class) {
          field.setAccessible(true);
          StructLayout layout = (StructLayout) field.get(null);
          String place = type.getSimpleName() + "." + field.getName();
          if (!OTHERS.containsKey(place)) {
            String name = layout.name().orElse("(" + place + " has no name)");
            tests.add(DynamicTest.dynamicTest(name + " " + place, () -> compare(name, layout)));
          }
        }
      }
    }
    assertThat(tests).hasSizeGreaterThan(20);
    return tests.stream();
  }

  private static void compare(String name, StructLayout layout) {
    assertThat(HEADERS.containsKey(name)).as("it is known which header has " + name).isTrue();
    CProgram.Run known = ask(name, List.of("sizeof(" + name + ")"));
    assumeTrue(known.status() == 0, () -> "the headers here lack it: " + known.output());
    List<MemoryLayout> members = new ArrayList<>();
    for (MemoryLayout member : layout.memberLayouts()) {
      if (!(member instanceof PaddingLayout)) {
        assertThat(member.name()).as("name of " + member).isPresent();
        members.add(member);
      }
    }
    List<String> lacking = new ArrayList<>();
    if (!compare(name, layout, members)) {
      for (MemoryLayout member : members) { // the structures of the kernel grow
        if (!compare(name, layout, List.of(member))) {
          lacking.add(member.name().orElseThrow());
        }
      }
    }
    assumeTrue(lacking.isEmpty(), () -> "the headers here lack " + lacking);
    assertThat(layout.byteSize()).isEqualTo(Long.parseLong(known.output().trim()));
  }

  /** False when the headers lack one of the members. */
  private static boolean compare(String name, StructLayout layout, List<MemoryLayout> members) {
    List<String> questions = new ArrayList<>();
    List<Long> expected = new ArrayList<>();
    for (MemoryLayout member : members) {
      String field = member.name().orElseThrow();
      questions.add("offsetof(" + name + ", " + field + ")");
      questions.add("sizeof(((" + name + " *)0)->" + field + ")");
      expected.add(layout.byteOffset(PathElement.groupElement(field)));
      expected.add(member.byteSize());
    }
    CProgram.Run run = ask(name, questions);
    if (run.status() == 0) {
      List<Long> found = run.output().lines().map(Long::valueOf).toList();
      assertThat(expected).as("offset and size of each of " + questions).isEqualTo(found);
    }
    return run.status() == 0;
  }

  private static CProgram.Run ask(String name, List<String> questions) {
    return KernelHeaders.run(program(name, questions));
  }

  private static String program(String name, List<String> questions) {
    StringBuilder source = new StringBuilder("#define _GNU_SOURCE\n#include <stddef.h>\n");
    source.append("#include <stdio.h>\n");
    for (String header : HEADERS.get(name)) {
      source.append("#include <").append(header).append(">\n");
    }
    source.append("int main(void) {\n");
    for (String question : questions) {
      source.append("printf(\"%zu\\n\", (size_t)").append(question).append(");\n");
    }
    return source.append("return 0; }\n").toString();
  }
}
