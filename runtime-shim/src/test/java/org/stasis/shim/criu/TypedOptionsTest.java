package org.stasis.shim.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.engine.options.CgroupMode;
import org.stasis.engine.options.CgroupOptions;
import org.stasis.engine.options.CgroupRoot;
import org.stasis.engine.options.CpuCapabilities;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.External;
import org.stasis.engine.options.FileValidation;
import org.stasis.engine.options.FinalState;
import org.stasis.engine.options.InheritFd;
import org.stasis.engine.options.JoinNamespace;
import org.stasis.engine.options.LsmProfile;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.options.NetworkLock;
import org.stasis.engine.options.PageServer;
import org.stasis.engine.options.PreDumpMode;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.engine.options.TlsOptions;
import org.stasis.linux.SyscallException;

@DisplayName("What the engine is told")
class TypedOptionsTest {
  private static final Path IMAGES = Path.of("/images");
  private static final Path WORK = Path.of("/work");

  @TempDir static Path directory;
  private FakeCaller caller;

  @BeforeEach
  void makeCaller() throws IOException {
    caller = new FakeCaller(directory);
  }

  @AfterEach
  void closeCaller() throws SyscallException {
    caller.close();
  }

  private TypedOptions typed(String line) throws UsageException {
    Settings settings = new Settings();
    List<String> words = line.isEmpty() ? List.of() : List.of(line.split(" "));
    settings.apply(Getopt.parse("criu", words).options());
    return new TypedOptions(settings, caller);
  }

  private static DumpOptions.Builder dump() {
    return DumpOptions.builder(IMAGES, 5).workDirectory(WORK);
  }

  private static RestoreOptions.Builder restore() {
    return RestoreOptions.builder(IMAGES).workDirectory(WORK);
  }

  private static Arguments dump(String line, UnaryOperator<DumpOptions.Builder> expected) {
    return arguments(line, expected);
  }

  static Stream<Arguments> dumps() {
    return Stream.of(
        dump("", b -> b),
        dump("-R", b -> b.finalState(FinalState.RUNNING)),
        dump("-s", b -> b.finalState(FinalState.STOPPED)),
        dump("-s -R", b -> b.finalState(FinalState.RUNNING)),
        dump("-j", b -> b.shellJob(true)),
        dump("-j --no-shell-job", b -> b),
        dump("--tcp-established", b -> b.tcpEstablished(true)),
        dump("--tcp-close", b -> b.tcpClose(true)),
        dump("--skip-in-flight", b -> b.tcpSkipInFlight(true)),
        dump("--external unix[5]", b -> b.externals(List.of(new External.UnixSocket(5)))),
        dump("-M auto", b -> b.externals(List.of(new External.AutoMounts(false, false)))),
        dump("-M /a:b", b -> b.externals(List.of(new External.Mount("/a", "b")))),
        dump("-x", b -> b.extUnixSockets(true)),
        dump(
            "-x5,6",
            b ->
                b.extUnixSockets(true)
                    .externals(List.of(new External.UnixSocket(5), new External.UnixSocket(6)))),
        dump("-l", b -> b.fileLocks(true)),
        dump("--link-remap", b -> b.linkRemap(true)),
        dump("--evasive-devices", b -> b.evasiveDevices(true)),
        dump("--force-irmap", b -> b.forceIrmap(true)),
        dump(
            "--irmap-scan-path /a --irmap-scan-path /b",
            b -> b.irmapScanPaths(List.of("/a", "/b"))),
        dump("--ghost-limit 5", b -> b.ghostLimitBytes(5)),
        dump("--ghost-limit 64K", b -> b.ghostLimitBytes(65536)),
        dump("--ghost-limit 3M", b -> b.ghostLimitBytes(3L << 20)),
        dump("--ghost-limit 8G", b -> b.ghostLimitBytes(8L << 30)),
        dump("--no-ghost-fiemap", b -> b.ghostFiemap(false)),
        dump("--freeze-cgroup /sys/x", b -> b.freezeCgroup(Path.of("/sys/x"))),
        dump("--freeze-cgroup x", b -> b.freezeCgroup(directory.resolve("x"))),
        dump("--timeout 99", b -> b.timeoutSeconds(99)),
        dump("-r /r", b -> b.root(Path.of("/r"))),
        dump("--empty-ns net", b -> b.emptyNetNamespace(true)),
        dump("--skip-mnt /a --skip-mnt /b", b -> b.skipMounts(List.of("/a", "/b"))),
        dump(
            "--enable-fs fuse,nfs --enable-fs all",
            b -> b.enableFilesystems(List.of("fuse", "nfs", "all"))),
        dump("--enable-external-sharing", b -> b.externalSharing(true)),
        dump("--enable-external-masters", b -> b.externalMasters(true)),
        dump("--track-mem", b -> b.trackMemory(true)),
        dump("--prev-images-dir ../a", b -> b.previousImages("../a")),
        dump("--pre-dump-mode read", b -> b.preDumpMode(PreDumpMode.READ)),
        dump(
            "--page-server --address h --port 7",
            b ->
                b.pageServer(
                    new PageServer(Optional.of("h"), 7, OptionalInt.empty(), Optional.empty()))),
        dump(
            "--page-server --ps-socket 9 --tls --tls-key /k --tls-no-cn-verify",
            b ->
                b.pageServer(
                    new PageServer(
                        Optional.empty(),
                        0,
                        OptionalInt.of(9),
                        Optional.of(
                            new TlsOptions(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(Path.of("/k")),
                                false))))),
        dump("--lazy-pages", b -> b.lazyPages(true)),
        dump("--auto-dedup", b -> b.autoDedup(true)),
        dump("--network-lock nftables", b -> b.networkLock(NetworkLock.NFTABLES)),
        dump("--network-lock none", b -> b.networkLock(NetworkLock.SKIP)),
        dump("--file-validation filesize", b -> b.fileValidation(FileValidation.FILE_SIZE)),
        dump("--cpu-cap=cpu", b -> b.cpuCapabilities(CpuCapabilities.ofBits(15))),
        dump("--cpu-cap", b -> b.cpuCapabilities(CpuCapabilities.ofBits(15))),
        dump("--cpu-cap=none", b -> b.cpuCapabilities(CpuCapabilities.ofBits(0))),
        dump("--cpu-cap=^ins", b -> b.cpuCapabilities(CpuCapabilities.ofBits(9))),
        dump("--stream", b -> b.stream(true)),
        dump("--unprivileged", b -> b.unprivileged(true)),
        dump("--allow-uprobes", b -> b.allowUprobes(true)),
        dump("--deprecated", b -> b.allowDeprecated(true)),
        dump(
            "--manage-cgroups=strict --cgroup-root /a --cgroup-root cpu:/b --cgroup-root :/c"
                + " --cgroup-props p --cgroup-props-file f --cgroup-dump-controller cpu"
                + " --cgroup-yard /y",
            b ->
                b.cgroups(
                    new CgroupOptions(
                        CgroupMode.STRICT,
                        List.of(
                            new CgroupRoot(Optional.empty(), "/a"),
                            new CgroupRoot(Optional.of("cpu"), "/b"),
                            new CgroupRoot(Optional.of(""), "/c")),
                        Optional.of("p"),
                        Optional.of(directory.resolve("f")),
                        List.of("cpu"),
                        Optional.of(Path.of("/y"))))),
        dump("--manage-cgroups", b -> b));
  }

  @ParameterizedTest(name = "dump {0}")
  @MethodSource("dumps")
  void aboutADump(String line, UnaryOperator<DumpOptions.Builder> expected) throws UsageException {
    assertThat(typed(line).dump(IMAGES, WORK, 5, false)).isEqualTo(expected.apply(dump()).build());
  }

  private static Arguments restore(String line, UnaryOperator<RestoreOptions.Builder> expected) {
    return arguments(line, expected);
  }

  static Stream<Arguments> restores() {
    return Stream.of(
        restore("", b -> b),
        restore("-S", b -> b.sibling(true)),
        restore("-j", b -> b.shellJob(true)),
        restore("--tcp-established", b -> b.tcpEstablished(true)),
        restore("--tcp-close", b -> b.tcpClose(true)),
        restore("--external mnt[a]:/b", b -> b.externals(List.of(new External.Mount("a", "/b")))),
        restore(
            "--external mnt[a]:b",
            b -> b.externals(List.of(new External.Mount("a", directory.resolve("b").toString())))),
        restore(
            "--veth-pair eth0=v1@br",
            b -> b.externals(List.of(new External.Veth("eth0", "v1", Optional.of("br"))))),
        restore(
            "--inherit-fd fd[4]:pipe:[77]",
            b -> b.inheritDescriptors(List.of(new InheritFd("pipe:[77]", 4)))),
        restore("--inherit-fd debug[4]:text", b -> b),
        restore(
            "-J net:/run/netns/a",
            b -> b.joinNamespaces(List.of(join(NamespaceKind.NET, "/run/netns/a")))),
        restore(
            "-J ipc:12 -J uts:13",
            b ->
                b.joinNamespaces(
                    List.of(
                        join(NamespaceKind.IPC, "/proc/12/ns/ipc"),
                        join(NamespaceKind.UTS, "/proc/13/ns/uts")))),
        restore(
            "-J user:/u,1,2",
            b ->
                b.joinNamespaces(
                    List.of(
                        new JoinNamespace(
                            NamespaceKind.USER,
                            Path.of("/u"),
                            OptionalInt.of(1),
                            OptionalInt.of(2))))),
        restore("-x", b -> b.extUnixSockets(true)),
        restore("-l", b -> b.fileLocks(true)),
        restore("--link-remap", b -> b.linkRemap(true)),
        restore("--evasive-devices", b -> b.evasiveDevices(true)),
        restore("-r /r", b -> b.root(Path.of("/r"))),
        restore("--empty-ns net", b -> b.emptyNetNamespace(true)),
        restore("--enable-fs all", b -> b.enableFilesystems(List.of("all"))),
        restore("--enable-external-sharing", b -> b.externalSharing(true)),
        restore("--enable-external-masters", b -> b.externalMasters(true)),
        restore("--mntns-compat-mode", b -> b.mountCompatMode(true)),
        restore(
            "--lsm-profile selinux:a:b",
            b -> b.lsmProfile(new LsmProfile(LsmProfile.Module.SELINUX, "a:b"))),
        restore("--lsm-mount-context c", b -> b.lsmMountContext("c")),
        restore("--weak-sysctls", b -> b.weakSysctls(true)),
        restore("--skip-file-rwx-check", b -> b.skipFileRwxCheck(true)),
        restore("--file-validation filesize", b -> b.fileValidation(FileValidation.FILE_SIZE)),
        restore("--cpu-cap=none", b -> b.cpuCapabilities(CpuCapabilities.ofBits(0))),
        restore("--lazy-pages", b -> b.lazyPages(true)),
        restore("--auto-dedup", b -> b.autoDedup(true)),
        restore("--stream", b -> b.stream(true)),
        restore("--unprivileged", b -> b.unprivileged(true)),
        restore("--allow-uprobes", b -> b.allowUprobes(true)),
        restore("--deprecated", b -> b.allowDeprecated(true)));
  }

  private static JoinNamespace join(NamespaceKind kind, String file) {
    return new JoinNamespace(kind, Path.of(file), OptionalInt.empty(), OptionalInt.empty());
  }

  @ParameterizedTest(name = "restore {0}")
  @MethodSource("restores")
  void aboutARestore(String line, UnaryOperator<RestoreOptions.Builder> expected)
      throws UsageException {
    assertThat(typed(line).restore(IMAGES, WORK, false))
        .isEqualTo(expected.apply(restore()).build());
  }

  @Test
  void includesWhoTakesMastersOfTerminals() throws UsageException {
    assertThat(typed("").dump(IMAGES, WORK, 5, true).orphanPtsMaster()).isTrue();
    assertThat(typed("").restore(IMAGES, WORK, true).orphanPtsMaster()).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "--external nonsense",
        "--external what[5]",
        "--external unix[x]",
        "-M nonsense",
        "--veth-pair x",
        "--ghost-limit 1Q",
        "--ghost-limit -1",
        "--ghost-limit 99999999999G",
        "--timeout 0",
        "--timeout x",
        "--manage-cgroups=some",
        "--cgroup-root relative",
        "--empty-ns mnt",
        "--network-lock firewalld",
        "--file-validation guess",
        "--pre-dump-mode both",
        "--cpu-cap=gpu",
        "--page-server --port 70000",
        "--page-server --port 0",
      })
  void isNeverGuessedAtADump(String line) throws UsageException {
    String word = option(line);
    assertThatThrownBy(() -> typed(line).dump(IMAGES, WORK, 5, false))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("invalid argument for --" + word);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "--inherit-fd x",
        "--inherit-fd fd[x]:k",
        "--inherit-fd fd[-1]:k",
        "--join-ns net",
        "--join-ns pid:5",
        "--join-ns net:/f,1,2",
        "--join-ns user:/f,1,70000",
        "--join-ns user:/f,x",
        "--join-ns user:/f,1,2,3",
        "--join-ns what:5",
        "--lsm-profile smack:x",
        "--lsm-profile x",
      })
  void isNeverGuessedAtARestore(String line) throws UsageException {
    String word = option(line);
    assertThatThrownBy(() -> typed(line).restore(IMAGES, WORK, false))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("invalid argument for --" + word);
  }

  private static String option(String line) throws UsageException {
    List<GivenOption> given = Getopt.parse("criu", List.of(line.split(" "))).options();
    return given.getLast().option().word();
  }
}
