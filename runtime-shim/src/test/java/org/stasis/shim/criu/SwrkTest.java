package org.stasis.shim.criu;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.CgroupMode;
import org.stasis.engine.options.CgroupRoot;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.External;
import org.stasis.engine.options.FinalState;
import org.stasis.engine.options.InheritFd;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.options.NetworkLock;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.images.proto.CriuCgMode;
import org.stasis.images.proto.CriuFeatures;
import org.stasis.images.proto.CriuNetworkLockMethod;
import org.stasis.images.proto.CriuOpts;
import org.stasis.images.proto.CriuPageServerInfo;
import org.stasis.images.proto.CriuReq;
import org.stasis.images.proto.CriuReqType;
import org.stasis.images.proto.CriuResp;
import org.stasis.images.proto.ExtMountMap;
import org.stasis.images.proto.JoinNamespace;
import org.stasis.linux.Fd;
import org.stasis.linux.Seqpacket;

@DisplayName("criu swrk")
class SwrkTest {
  private static final int SOCKET = 7;
  private static final long DEADLINE_SECONDS = 10;

  @TempDir Path directory;
  private FakeCaller caller;
  private RpcClient client;
  private Fd images;
  private final FakeEngine engine = new FakeEngine();
  private CompletableFuture<Integer> status;

  @BeforeEach
  void start() throws IOException {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    caller = new FakeCaller(directory);
    Files.createDirectory(directory.resolve("images"));
    images = Fd.openDirectory(directory.resolve("images").toString());
    Seqpacket[] pair = Seqpacket.pair();
    client = new RpcClient(pair[0]);
    caller.put(SOCKET, pair[1].fd());
  }

  /** The serving process holds the other end until it ends. */
  private void serve(String... before) {
    String[] words = java.util.Arrays.copyOf(before, before.length + 2);
    words[before.length] = "swrk";
    words[before.length + 1] = Integer.toString(SOCKET);
    caller.calling(words);
    status = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                int ended = CriuDoor.run(caller, engine);
                caller.close();
                status.complete(ended);
              } catch (Throwable e) {
                status.completeExceptionally(e);
              }
            });
  }

  private int status() throws Exception {
    return status.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() throws Exception {
    if (client != null) {
      client.close();
      images.close();
    }
    if (status != null) {
      status();
    }
  }

  private CriuOpts.Builder options() {
    return CriuOpts.newBuilder().setImagesDirFd(images.number()).setLogFile("log");
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("images/log"));
  }

  @Test
  void tellsItsVersionAndEnds() throws Exception {
    serve();
    client.send(CriuReqType.VERSION);
    CriuResp reply = client.reply();

    assertThat(reply.getType()).isEqualTo(CriuReqType.VERSION);
    assertThat(reply.getSuccess()).isTrue();
    assertThat(reply.getVersion().getMajorNumber()).isEqualTo(4);
    assertThat(reply.getVersion().getMinorNumber()).isEqualTo(2);
    assertThat(reply.getVersion().hasGitid()).isFalse();
    assertThat(client.seesTheEnd()).isTrue();
    assertThat(status()).isZero();
  }

  @Test
  void servesAnyUserThatAsksForTheVersion() throws Exception {
    caller.effectiveUid = 1000;
    serve();
    client.send(CriuReqType.VERSION);

    assertThat(client.reply().getSuccess()).isTrue();
  }

  @Test
  void needsNoStandardDescriptors() throws Exception {
    caller.drop(0, 1, 2);
    serve();
    client.send(CriuReqType.VERSION);

    assertThat(client.reply().getSuccess()).isTrue();
    assertThat(status()).isZero();
  }

  @Test
  void staysOpenWhereAskedTo() throws Exception {
    serve();
    client.send(CriuReq.newBuilder().setType(CriuReqType.VERSION).setKeepOpen(true));
    assertThat(client.reply().getSuccess()).isTrue();
    client.send(
        CriuReq.newBuilder()
            .setType(CriuReqType.FEATURE_CHECK)
            .setKeepOpen(true)
            .setFeatures(CriuFeatures.newBuilder().setMemTrack(true)));
    assertThat(client.reply().getSuccess()).isTrue();
    client.send(CriuReqType.VERSION);
    assertThat(client.reply().getSuccess()).isTrue();

    assertThat(client.seesTheEnd()).isTrue();
    assertThat(status()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = CriuReqType.class,
      names = {
        "EMPTY",
        "DUMP",
        "RESTORE",
        "CHECK",
        "PRE_DUMP",
        "NOTIFY",
        "WAIT_PID",
        "SINGLE_PRE_DUMP"
      })
  void endsWithoutAReplyWhereItCannotStayOpen(CriuReqType type) throws Exception {
    serve();
    client.send(CriuReq.newBuilder().setType(type).setOpts(options()).setKeepOpen(true));

    assertThat(client.seesTheEnd()).isTrue();
    assertThat(status()).isEqualTo(255);
    assertThat(engine.dumps).isEmpty();
  }

  @Test
  void endsWhenTheClientIsGone() throws Exception {
    serve();
    client.close();

    assertThat(status()).isEqualTo(255);
    assertThat(caller.error()).contains("the client closed the connection");
    client = null;
    images.close();
  }

  @Test
  void endsWhenTheCallerIsGone() throws Exception {
    serve();
    client.send(CriuReq.newBuilder().setType(CriuReqType.VERSION).setKeepOpen(true));
    client.reply();
    caller.onCancel.forEach(Runnable::run);

    assertThat(status()).isEqualTo(255);
  }

  @Test
  void endsAtWhatIsNoRequest() throws Exception {
    serve();
    client.send(new byte[] {-1, -1, -1});

    assertThat(client.seesTheEnd()).isTrue();
    assertThat(status()).isEqualTo(255);
  }

  @Test
  void endsAtOptionsThatLackTheImagesDirectory() throws Exception {
    serve();
    CriuReq request =
        CriuReq.newBuilder()
            .setType(CriuReqType.DUMP)
            .setOpts(CriuOpts.newBuilder().setPid(5).buildPartial())
            .buildPartial();
    client.send(request.toByteArray());

    assertThat(client.seesTheEnd()).isTrue();
    assertThat(status()).isEqualTo(255);
  }

  @Test
  void answersUnknownTypesAndWordsOutOfPlace() throws Exception {
    serve();
    client.send(new byte[] {CriuReq.TYPE_FIELD_NUMBER << 3, 77});
    CriuResp reply = client.reply();

    assertThat(reply.getType()).isEqualTo(CriuReqType.EMPTY);
    assertThat(reply.getSuccess()).isFalse();
    assertThat(status()).isEqualTo(255);
  }

  @ParameterizedTest
  @EnumSource(
      value = CriuReqType.class,
      names = {"EMPTY", "NOTIFY"})
  void answersRequestsThatAreNone(CriuReqType type) throws Exception {
    serve();
    client.send(type);

    assertThat(client.reply().getType()).isEqualTo(CriuReqType.EMPTY);
    assertThat(status()).isEqualTo(255);
  }

  @Test
  void dumpsAndTellsOfEveryStage() throws Exception {
    engine.ownNetwork = true;
    client.externals = List.of("unix[5]");
    serve();
    client.send(CriuReqType.DUMP, options().setPid(5).setNotifyScripts(true).setLeaveRunning(true));
    CriuResp reply = client.reply();

    assertThat(reply.getType()).isEqualTo(CriuReqType.DUMP);
    assertThat(reply.getSuccess()).isTrue();
    assertThat(reply.getDump().getRestored()).isFalse();
    assertThat(client.notifications)
        .containsExactly("pre-dump", "network-lock", "query-ext-files", "post-dump");
    assertThat(client.notifiedPids).containsOnly(0);
    assertThat(engine.externals).containsExactly("unix[5]");
    assertThat(status()).isZero();
    assertThat(directory.resolve("images/stats-dump")).exists();
  }

  @Test
  void dumpsWithoutNotificationsUnlessAskedForThem() throws Exception {
    serve();
    client.send(CriuReqType.DUMP, options().setPid(5));

    assertThat(client.reply().getSuccess()).isTrue();
    assertThat(client.notifications).isEmpty();
    assertThat(engine.dumps.getFirst().pid()).isEqualTo(5);
    assertThat(engine.dumps.getFirst().imagesDirectory())
        .isEqualTo(directory.resolve("images").toRealPath());
  }

  @Test
  void dumpsItsClientWhereNoPidIsGiven() throws Exception {
    serve();
    client.send(CriuReqType.DUMP, options().setLeaveRunning(true));

    assertThat(client.reply().getSuccess()).isTrue();
    assertThat(engine.dumps.getFirst().pid()).isEqualTo((int) ProcessHandle.current().pid());
  }

  @Test
  void saysNothingToAClientThatItWasToKill() throws Exception {
    serve();
    client.send(CriuReqType.DUMP, options());

    assertThat(client.seesTheEnd()).isTrue();
    assertThat(status()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = CriuReqType.class,
      names = {"DUMP", "RESTORE", "PRE_DUMP", "SINGLE_PRE_DUMP"})
  void needsOptionsForWork(CriuReqType type) throws Exception {
    serve();
    client.send(type);
    CriuResp reply = client.reply();

    assertThat(reply.getType()).isEqualTo(type);
    assertThat(reply.getSuccess()).isFalse();
    assertThat(reply.getCrErrmsg()).contains("needs options");
  }

  @Test
  void tellsWhyADumpFailed() throws Exception {
    engine.failure = new StasisException("task 5 (x)", "finding it", "", 3, "", null);
    serve();
    client.send(CriuReqType.DUMP, options().setPid(5));
    CriuResp reply = client.reply();

    assertThat(reply.getSuccess()).isFalse();
    assertThat(reply.hasDump()).isTrue();
    assertThat(reply.getCrErrno()).isEqualTo(3);
    assertThat(reply.getCrErrmsg())
        .matches("Error \\(criu/SwrkTest\\.java:\\d+\\): task 5 \\(x\\): finding it: ESRCH.*\n");
    assertThat(log()).startsWith(reply.getCrErrmsg());
    assertThat(status()).isEqualTo(1);
  }

  @Test
  void keepsRepliesBelowTheBuffersOfClients() throws Exception {
    engine.failure = new StasisException("", "ü".repeat(100_000), "", 3, "", null);
    serve();
    client.send(CriuReqType.DUMP, options().setPid(5));

    assertThat(client.receive().bytes().length).isLessThan(8192);
    assertThat(status()).isEqualTo(1);
  }

  @Test
  void answersAFaultOfTheEngine() throws Exception {
    engine.fault = new IllegalStateException("a fault");
    serve();
    client.send(CriuReqType.DUMP, options().setPid(5));

    assertThat(client.reply().getCrErrmsg()).contains("a fault");
    assertThat(status()).isEqualTo(1);
  }

  @Test
  void failsADumpThatTheClientRefuses() throws Exception {
    client.refusing = "post-dump";
    serve();
    client.send(CriuReqType.DUMP, options().setPid(5).setNotifyScripts(true));
    CriuResp reply = client.reply();

    assertThat(reply.getSuccess()).isFalse();
    assertThat(reply.getCrErrmsg()).contains("post-dump: the client refused");
    assertThat(status()).isEqualTo(1);
  }

  @Test
  void restoresAndTellsOfEveryStage() throws Exception {
    engine.ownNetwork = true;
    engine.terminal = true;
    serve();
    client.send(
        CriuReqType.RESTORE,
        options().setNotifyScripts(true).setOrphanPtsMaster(true).setRstSibling(true));
    CriuResp reply = client.reply();

    assertThat(reply.getType()).isEqualTo(CriuReqType.RESTORE);
    assertThat(reply.getSuccess()).isTrue();
    assertThat(reply.getRestore().getPid()).isEqualTo(FakeEngine.ROOT_PID);
    assertThat(client.notifications)
        .containsExactly(
            "pre-restore",
            "setup-namespaces",
            "post-setup-namespaces",
            "orphan-pts-master",
            "post-restore",
            "network-unlock",
            "pre-resume",
            "post-resume");
    assertThat(client.notifiedPids).containsExactly(0, 4321, 0, 0, 4321, 0, 0, 0);
    assertThat(client.descriptors).hasSize(1);
    assertThat(engine.restores.getFirst().sibling()).isTrue();
    assertThat(caller.awaitedChildren).isFalse();
    assertThat(status()).isZero();
  }

  @Test
  void refusesATerminalThatNobodyTakes() throws Exception {
    engine.terminal = true;
    serve();
    client.send(CriuReqType.RESTORE, options());
    CriuResp reply = client.reply();

    assertThat(reply.getSuccess()).isFalse();
    assertThat(reply.getRestore().getPid()).isEqualTo(-1);
    assertThat(status()).isEqualTo(1);
  }

  @Test
  void ignoresRefusalsOnceTheTreeRuns() throws Exception {
    client.refusing = "post-resume";
    serve();
    client.send(CriuReqType.RESTORE, options().setNotifyScripts(true));

    assertThat(client.reply().getSuccess()).isTrue();
    assertThat(status()).isZero();
  }

  @Test
  void becomesTheCommandOnceTheClientWasTold() throws Exception {
    serve();
    client.send(CriuReqType.RESTORE, options().addExecCmd("ls").addExecCmd("-l"));

    assertThat(client.reply().getSuccess()).isTrue();
    assertThat(client.seesTheEnd()).isTrue();
    assertThat(status()).isZero();
    assertThat(caller.executed).containsExactly(List.of("ls", "-l"));
    assertThat(caller.executedWithOutput).isTrue();
  }

  @Test
  void goesOnFromPreDumpsToTheDump() throws Exception {
    serve();
    for (int i = 0; i < 3; i++) {
      client.send(CriuReqType.PRE_DUMP, options().setPid(5));
      CriuResp reply = client.reply();
      assertThat(reply.getType()).isEqualTo(CriuReqType.PRE_DUMP);
      assertThat(reply.getSuccess()).isTrue();
    }
    client.send(CriuReqType.DUMP, options().setPid(5));

    assertThat(client.reply().getType()).isEqualTo(CriuReqType.DUMP);
    assertThat(engine.preDumps).hasSize(3);
    assertThat(engine.dumps).hasSize(1);
    assertThat(status()).isZero();
  }

  @Test
  void breaksASeriesOfPreDumpsAtAnythingElse() throws Exception {
    serve();
    client.send(CriuReqType.PRE_DUMP, options().setPid(5));
    client.reply();
    client.send(CriuReqType.VERSION);

    assertThat(client.reply().getType()).isEqualTo(CriuReqType.EMPTY);
    assertThat(status()).isEqualTo(255);
  }

  @Test
  void breaksASeriesOfPreDumpsWhenTheClientLeaves() throws Exception {
    serve();
    client.send(CriuReqType.PRE_DUMP, options().setPid(5));
    client.reply();
    client.close();

    assertThat(status()).isEqualTo(255);
    client = null;
    images.close();
  }

  @Test
  void endsASeriesOfPreDumpsAtAFailure() throws Exception {
    engine.failure = new StasisException("", "", "no", 0, "", null);
    serve();
    client.send(CriuReqType.PRE_DUMP, options().setPid(5));

    assertThat(client.reply().getSuccess()).isFalse();
    assertThat(status()).isEqualTo(255);
  }

  @Test
  void preDumpsOnce() throws Exception {
    serve();
    client.send(CriuReqType.SINGLE_PRE_DUMP, options().setPid(5).setNotifyScripts(true));
    CriuResp reply = client.reply();

    assertThat(reply.getType()).isEqualTo(CriuReqType.SINGLE_PRE_DUMP);
    assertThat(reply.getSuccess()).isTrue();
    assertThat(client.notifications).isEmpty();
    assertThat(status()).isZero();
  }

  @Test
  void checksTheMachineWithAndWithoutOptions() throws Exception {
    serve();
    client.send(CriuReqType.CHECK);
    assertThat(client.reply().getSuccess()).isTrue();
    assertThat(status()).isZero();
  }

  @Test
  void logsTheCheckWhereAskedTo() throws Exception {
    engine.missing.put("timens", "no time namespaces");
    serve();
    client.send(CriuReqType.CHECK, options());
    CriuResp reply = client.reply();

    assertThat(reply.getSuccess()).isFalse();
    assertThat(reply.getCrErrmsg()).contains("timens: no time namespaces");
    assertThat(log()).isEqualTo(reply.getCrErrmsg());
    assertThat(status()).isZero();
  }

  @Test
  void tellsOfTheFeaturesItHas() throws Exception {
    serve();
    client.send(
        CriuReq.newBuilder()
            .setType(CriuReqType.FEATURE_CHECK)
            .setFeatures(
                CriuFeatures.newBuilder()
                    .setMemTrack(true)
                    .setLazyPages(true)
                    .setPidfdStore(true)));
    CriuResp reply = client.reply();

    assertThat(reply.getSuccess()).isTrue();
    assertThat(reply.getFeatures().getMemTrack()).isFalse();
    assertThat(reply.getFeatures().getLazyPages()).isFalse();
    assertThat(reply.getFeatures().getPidfdStore()).isFalse();
    assertThat(reply.getFeatures().hasMemTrack()).isTrue();
    assertThat(status()).isZero();
  }

  @Test
  void needsFeaturesToLookAt() throws Exception {
    serve();
    client.send(CriuReqType.FEATURE_CHECK);

    assertThat(client.reply().getSuccess()).isFalse();
    assertThat(status()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = CriuReqType.class,
      names = {"CPUINFO_DUMP", "CPUINFO_CHECK"})
  void refusesToCompareProcessors(CriuReqType type) throws Exception {
    serve();
    client.send(type, options());
    CriuResp reply = client.reply();

    assertThat(reply.getType()).isEqualTo(type);
    assertThat(reply.getSuccess()).isFalse();
    assertThat(reply.getCrErrno()).isEqualTo(95);
    assertThat(status()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = CriuReqType.class,
      names = {"PAGE_SERVER", "PAGE_SERVER_CHLD"})
  void refusesPageServers(CriuReqType type) throws Exception {
    serve();
    client.send(type, options());
    CriuResp reply = client.reply();

    assertThat(reply.getType()).isEqualTo(CriuReqType.PAGE_SERVER);
    assertThat(reply.getSuccess()).isFalse();
    assertThat(reply.getCrErrmsg()).contains("PAGE_SERVER is not supported by Stasis yet");
    assertThat(status()).isZero();
  }

  @Test
  void hasNoChildrenToWaitFor() throws Exception {
    serve();
    client.send(CriuReq.newBuilder().setType(CriuReqType.WAIT_PID).setPid(999));
    CriuResp reply = client.reply();

    assertThat(reply.getType()).isEqualTo(CriuReqType.WAIT_PID);
    assertThat(reply.getSuccess()).isFalse();
    assertThat(status()).isZero();
  }

  @Test
  void understandsTheDumpOfAContainerRuntime() throws Exception {
    Files.createDirectory(directory.resolve("work"));
    try (Fd work = Fd.openDirectory(directory.resolve("work").toString())) {
      serve();
      client.send(
          CriuReqType.DUMP,
          options()
              .setWorkDirFd(work.number())
              .setLogLevel(4)
              .setLogFile("dump.log")
              .setPid(5)
              .setRoot("/run/root")
              .setManageCgroups(true)
              .setManageCgroupsMode(CriuCgMode.DEFAULT)
              .setOrphanPtsMaster(true)
              .setNotifyScripts(true)
              .setShellJob(false)
              .setTcpEstablished(true)
              .setExtUnixSk(false)
              .setFileLocks(true)
              .setEmptyNs(NamespaceKind.NET.flag())
              .setFreezeCgroup("/sys/fs/cgroup/x")
              .addExternal("net[4026531840]:extRootNetNS")
              .addExtMnt(ExtMountMap.newBuilder().setKey("/etc/hosts").setVal("/etc/hosts"))
              .setNetworkLock(CriuNetworkLockMethod.SKIP)
              .setGhostLimit(-1));
      assertThat(client.reply().getSuccess()).isTrue();
    }

    DumpOptions expected =
        DumpOptions.builder(directory.resolve("images").toRealPath(), 5)
            .workDirectory(directory.resolve("work").toRealPath())
            .root(Path.of("/run/root"))
            .orphanPtsMaster(true)
            .tcpEstablished(true)
            .fileLocks(true)
            .emptyNetNamespace(true)
            .freezeCgroup(Path.of("/sys/fs/cgroup/x"))
            .externals(
                List.of(
                    new External.Namespace(NamespaceKind.NET, 4026531840L, "extRootNetNS"),
                    new External.Mount("/etc/hosts", "/etc/hosts")))
            .networkLock(NetworkLock.SKIP)
            .ghostLimitBytes(0xffffffffL)
            .build();
    assertThat(engine.dumps).containsExactly(expected);
    assertThat(directory.resolve("work/dump.log")).exists();
    assertThat(directory.resolve("work/stats-dump")).exists();
  }

  @Test
  void understandsTheRestoreOfAContainerRuntime() throws Exception {
    serve();
    client.send(
        CriuReqType.RESTORE,
        options()
            .setRoot("/run/root")
            .setRstSibling(true)
            .setManageCgroups(true)
            .setEvasiveDevices(true)
            .addCgRoot(org.stasis.images.proto.CgroupRoot.newBuilder().setCtrl("cpu").setPath("/a"))
            .addCgRoot(org.stasis.images.proto.CgroupRoot.newBuilder().setPath("/b"))
            .addInheritFd(
                org.stasis.images.proto.InheritFd.newBuilder().setKey("pipe:[5]").setFd(1))
            .addJoinNs(JoinNamespace.newBuilder().setNs("ipc").setNsFile("/proc/self/ns/ipc"))
            .addExtMnt(ExtMountMap.newBuilder().setKey("/etc/hosts").setVal("/host/hosts"))
            .setLsmProfile("apparmor:x"));
    assertThat(client.reply().getSuccess()).isTrue();

    RestoreOptions told = engine.restores.getFirst();
    assertThat(told.root()).contains(Path.of("/run/root"));
    assertThat(told.sibling()).isTrue();
    assertThat(told.evasiveDevices()).isTrue();
    assertThat(told.cgroups().mode()).isEqualTo(CgroupMode.SOFT);
    assertThat(told.cgroups().roots())
        .containsExactly(CgroupRoot.parse("cpu:/a"), CgroupRoot.parse("/b"));
    assertThat(told.inheritDescriptors()).containsExactly(new InheritFd("pipe:[5]", 1));
    assertThat(told.joinNamespaces().getFirst().file()).isEqualTo(Path.of("/proc/self/ns/ipc"));
    assertThat(told.externals()).containsExactly(new External.Mount("/etc/hosts", "/host/hosts"));
    assertThat(told.lsmProfile()).isPresent();
  }

  @Test
  void letsTheRequestOverrideFilesAndItsOwnFileOverrideThat() throws Exception {
    Path defaults = directory.resolve("default.conf");
    Files.writeString(defaults, "shell-job\nfile-locks\nlink-remap\nwork-dir nowhere\n");
    Path own = directory.resolve("own.conf");
    Files.createDirectory(directory.resolve("own-work"));
    Files.writeString(
        own, "tcp-established\nlog-file own.log\nno-evasive-devices\nwork-dir own-work\n");
    serve("--config", defaults.toString());
    client.send(
        CriuReqType.DUMP,
        options()
            .setPid(5)
            .setShellJob(false)
            .setTcpEstablished(false)
            .setEvasiveDevices(true)
            .setConfigFile(own.toString()));
    assertThat(client.reply().getSuccess()).isTrue();

    DumpOptions told = engine.dumps.getFirst();
    assertThat(told.shellJob()).isFalse();
    assertThat(told.fileLocks()).isTrue();
    assertThat(told.linkRemap()).isTrue();
    assertThat(told.tcpEstablished()).isTrue();
    assertThat(told.evasiveDevices()).isFalse();
    assertThat(directory.resolve("own-work/own.log")).exists();
    assertThat(directory.resolve("own-work/stats-dump")).exists();
    assertThat(directory.resolve("images/log")).doesNotExist();
  }

  @Test
  void runsScriptsOfConfigurationFilesAfterTheClientConsented() throws Exception {
    Path own = directory.resolve("own.conf");
    Files.writeString(own, "action-script /no/such/script\n");
    serve();
    client.send(
        CriuReqType.DUMP, options().setPid(5).setNotifyScripts(true).setConfigFile(own.toString()));
    CriuResp reply = client.reply();

    assertThat(reply.getSuccess()).isFalse();
    assertThat(client.notifications).containsExactly("pre-dump");
    assertThat(reply.getCrErrmsg()).contains("/no/such/script");
  }

  @Test
  void leavesTasksStoppedWhereBothAreAskedFor() throws Exception {
    serve();
    client.send(CriuReqType.DUMP, options().setPid(5).setLeaveRunning(true).setLeaveStopped(true));
    client.reply();

    assertThat(engine.dumps.getFirst().finalState()).isEqualTo(FinalState.STOPPED);
  }

  private CriuResp refused(CriuOpts.Builder options) throws Exception {
    serve();
    client.send(CriuReqType.DUMP, options.setPid(5));
    CriuResp reply = client.reply();
    assertThat(reply.getSuccess()).isFalse();
    assertThat(reply.getCrErrno()).isEqualTo(56);
    assertThat(status()).isEqualTo(1);
    assertThat(engine.dumps).isEmpty();
    return reply;
  }

  @Test
  void refusesLogFilesElsewhere() throws Exception {
    assertThat(refused(options().setLogFile("/tmp/log")).getCrErrmsg()).contains("log_file");
  }

  @Test
  void saysOnStandardErrorWhatNeverReachedALog() throws Exception {
    refused(options().setLogFile("/tmp/log").setLogLevel(4));

    assertThat(caller.error())
        .matches("Error \\(criu/RpcRequests\\.java:\\d+\\): log_file /tmp/log must be .*\n");
  }

  @Test
  void refusesNamespacesThatCannotBeEmpty() throws Exception {
    assertThat(refused(options().setEmptyNs(1)).getCrErrmsg()).contains("empty_ns");
  }

  @Test
  void refusesMissingDirectories() throws Exception {
    assertThat(refused(CriuOpts.newBuilder().setImagesDirFd(-1)).getCrErrmsg())
        .contains("images_dir");
  }

  @Test
  void refusesDescriptorsThatAreNotOpen() throws Exception {
    assertThat(refused(CriuOpts.newBuilder().setImagesDirFd(9999)).getCrErrmsg())
        .contains("cannot open the images directory");
  }

  @Test
  void refusesDirectoriesThatAreNotThere() throws Exception {
    CriuOpts.Builder options = CriuOpts.newBuilder().setImagesDirFd(-1).setImagesDir("nowhere");
    assertThat(refused(options).getCrErrmsg()).contains("nowhere");
  }

  @Test
  void refusesValuesItDoesNotKnow() throws Exception {
    CriuOpts.Builder options = options();
    options.setUnknownFields(
        UnknownFieldSet.newBuilder()
            .addField(
                CriuOpts.NETWORK_LOCK_FIELD_NUMBER,
                UnknownFieldSet.Field.newBuilder().addVarint(9).build())
            .build());
    assertThat(refused(options).getCrErrmsg()).contains("unknown value of network_lock");
  }

  @Test
  void refusesExternalsItDoesNotKnow() throws Exception {
    assertThat(refused(options().addExternal("what[5]")).getCrErrmsg()).contains("what[5]");
  }

  @Test
  void refusesWhatIsNotCarriedByName() throws Exception {
    assertThat(refused(options().setLazyPages(true)).getCrErrmsg()).contains("--lazy-pages");
  }

  @Test
  void refusesPageServersOfADump() throws Exception {
    CriuPageServerInfo.Builder server = CriuPageServerInfo.newBuilder().setPort(9);
    assertThat(refused(options().setPs(server)).getCrErrmsg()).contains("--page-server");
  }

  @Test
  void refusesBadConfigurationFiles() throws Exception {
    Files.writeString(directory.resolve("c"), "bogus\n");
    String file = directory.resolve("c").toString();
    assertThat(refused(options().setConfigFile(file)).getCrErrmsg())
        .contains("line 1: unrecognized option '--bogus'");
  }

  @Test
  void refusesUsersThatAreNotRoot() throws Exception {
    caller.effectiveUid = 1000;
    assertThat(refused(options()).getCrErrmsg()).contains("--unprivileged");
  }

  @Test
  void refusesToInheritWhatIsNotOpen() throws Exception {
    serve();
    client.send(
        CriuReqType.RESTORE,
        options()
            .addInheritFd(org.stasis.images.proto.InheritFd.newBuilder().setKey("k").setFd(99)));
    CriuResp reply = client.reply();

    assertThat(reply.getCrErrno()).isEqualTo(56);
    assertThat(reply.getCrErrmsg()).contains("cannot inherit fd 99 for k");
  }

  @Test
  void survivesAnyBytes() throws Exception {
    serve();
    byte[] bytes =
        ByteString.copyFrom(
                CriuReq.newBuilder()
                    .setType(CriuReqType.DUMP)
                    .setOpts(options())
                    .build()
                    .toByteArray())
            .substring(0, 5)
            .toByteArray();
    client.send(bytes);

    assertThat(client.seesTheEnd()).isTrue();
    assertThat(status()).isEqualTo(255);
  }
}
