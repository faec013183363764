package org.stasis.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Public numbers that carry a kernel's name against the C headers. What the headers of this machine
 * don't define is left out.
 */
@DisplayName("Numbers are those of the C headers:")
class ConstantTest {
  private static final Map<String, List<String>> HEADERS =
      Map.ofEntries(
          Map.entry("CapabilitySets", List.of("linux/capability.h")),
          Map.entry("Directory", List.of("dirent.h")),
          Map.entry("Epoll", List.of("sys/epoll.h")),
          Map.entry("EventCounter", List.of("sys/eventfd.h")),
          Map.entry("Fcntl", List.of("linux/fcntl.h")),
          Map.entry("Mapping", List.of("linux/mman.h")),
          Map.entry("Memfd", List.of("linux/memfd.h", "linux/fcntl.h")),
          Map.entry("MountApi", List.of("sys/mount.h", "linux/mount.h")),
          Map.entry("MountStat", List.of("linux/mount.h")),
          Map.entry("NetlinkDiag", List.of("linux/netlink_diag.h")),
          Map.entry("NetlinkSocket", List.of("linux/netlink.h")),
          Map.entry("NetworkLink", List.of("net/if.h")),
          Map.entry("RouteNetlink", List.of("linux/rtnetlink.h")),
          Map.entry("Open", List.of("linux/fcntl.h", "linux/openat2.h")),
          Map.entry("PageQuery", List.of("linux/fs.h")),
          Map.entry("PidFd", List.of("linux/pidfd.h")),
          Map.entry("Poll", List.of("linux/poll.h")),
          Map.entry("Prctl", List.of("linux/prctl.h")),
          Map.entry("Processes", List.of("sys/wait.h", "linux/wait.h")),
          Map.entry("Ptrace", List.of("linux/ptrace.h", "linux/elf.h")),
          Map.entry("ResourceLimit", List.of("linux/resource.h")),
          Map.entry("SchedulingPolicy", List.of("linux/sched.h")),
          Map.entry("Signal", List.of("signal.h")),
          Map.entry(
              "SocketOption",
              List.of(
                  "sys/socket.h",
                  "asm/socket.h",
                  "netinet/in.h",
                  "linux/tcp.h",
                  "linux/udp.h",
                  "linux/netlink.h",
                  "linux/if_packet.h")),
          Map.entry("Stat", List.of("sys/stat.h")),
          Map.entry("Userfaultfd", List.of("linux/userfaultfd.h")));

  /** Numbers with names of our own, by class. */
  private static final Map<String, Set<String>> OURS =
      Map.of(
          "ResourceLimit", Set.of("INFINITY", "COUNT"),
          "Signal", Set.of("SIGRTMIN", "SIGRTMAX")); // the kernel's, not the C library's

  private static Map<String, Long> numbers(Class<?> type) throws IllegalAccessException {
    Map<String, Long> numbers = new TreeMap<>();
    for (Field field : type.getDeclaredFields()) {
      int modifiers = field.getModifiers();
      boolean number = field.getType() == int.class || field.getType() == long.class;
      if (Modifier.isStatic(modifiers) && Modifier.isPublic(modifiers) && number) {
        numbers.put(field.getName(), ((Number) field.get(null)).longValue());
      }
    }
    return numbers;
  }

  @TestFactory
  Stream<DynamicTest> compare() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    for (Class<?> type : KernelHeaders.classes()) {
      if (HEADERS.containsKey(type.getSimpleName())) {
        Map<String, Long> numbers = numbers(type);
        numbers.keySet().removeAll(OURS.getOrDefault(type.getSimpleName(), Set.of()));
        tests.add(
            DynamicTest.dynamicTest(
                type.getSimpleName(), () -> compare(HEADERS.get(type.getSimpleName()), numbers)));
      }
    }
    assertThat(tests).hasSize(HEADERS.size());
    return tests.stream();
  }

  private static void compare(List<String> headers, Map<String, Long> numbers) {
    Map<String, Long> found = ask(headers, "", numbers.keySet());
    assumeFalse(found.isEmpty(), "the headers here lack all of them");
    for (Map.Entry<String, Long> number : found.entrySet()) {
      // a header may hold an int that Java keeps as one or as a long
      assertThat(numbers.get(number.getKey()).intValue())
          .as(number.getKey())
          .isEqualTo(number.getValue().intValue());
    }
  }

  @Test
  void systemCalls() throws IllegalAccessException {
    Map<String, Long> numbers = numbers(SyscallNumber.class);
    Map<String, Long> found = new TreeMap<>();
    for (Map.Entry<String, Long> call :
        ask(List.of("asm/unistd_64.h"), "__NR_", lowerCase(numbers.keySet())).entrySet()) {
      found.put(call.getKey().toUpperCase(Locale.ROOT), call.getValue());
    }
    assertThat(found).hasSizeGreaterThan(330);
    assertThat(numbers).containsAllEntriesOf(found);
  }

  @Test
  void errors() {
    Map<String, Long> numbers = new TreeMap<>();
    for (Errno errno : Errno.values()) {
      numbers.put(errno.name(), (long) errno.number());
      assertThat(Errno.describe(errno.number())).isEqualTo(errno.name());
    }
    assertThat(ask(List.of("errno.h"), "", numbers.keySet())).isEqualTo(numbers);
    assertThat(Errno.describe(4000)).isEqualTo("errno 4000");
    assertThat(Errno.describe(0)).isEqualTo("errno 0");
  }

  private static List<String> lowerCase(Set<String> names) {
    return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
  }

  /** The values of macros, of those that are defined. */
  private static Map<String, Long> ask(
      List<String> headers, String prefix, Iterable<String> names) {
    StringBuilder source = new StringBuilder("#define _GNU_SOURCE\n#include <stdio.h>\n");
    for (String header : headers) {
      source.append("#include <").append(header).append(">\n");
    }
    source.append("int main(void) {\n");
    for (String name : names) {
      source.append("#ifdef ").append(prefix).append(name).append('\n');
      source.append("printf(\"").append(name).append(" %lld\\n\", (long long)").append(prefix);
      source.append(name).append(");\n#endif\n");
    }
    source.append("return 0; }\n");
    CProgram.Run run = KernelHeaders.run(source.toString());
    assertThat(run.status()).as(run.output()).isZero();
    Map<String, Long> found = new TreeMap<>();
    for (String line : run.output().lines().toList()) {
      int space = line.indexOf(' ');
      found.put(line.substring(0, space), Long.parseLong(line.substring(space + 1)));
    }
    return found;
  }
}
