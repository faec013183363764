package org.stasis.shim.criu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stasis.engine.Obstacle;
import org.stasis.engine.ObstaclesException;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.Feature;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import org.stasis.images.ImageVersion;
import org.stasis.images.proto.StatsEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallException;

@DisplayName("The criu command")
class CriuDoorTest {
  @TempDir Path directory;
  private FakeCaller caller;
  private final FakeEngine engine = new FakeEngine();

  @BeforeEach
  void makeCaller() throws IOException {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    caller = new FakeCaller(directory);
    Files.createDirectory(directory.resolve("images"));
    Files.createDirectory(directory.resolve("work"));
  }

  @AfterEach
  void closeCaller() throws SyscallException {
    if (caller != null) {
      caller.close();
    }
  }

  private int run(String line) {
    return CriuDoor.run(caller.calling(line.isEmpty() ? new String[0] : line.split(" ")), engine);
  }

  private String file(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }

  private Path script(String name, String body) throws IOException {
    Path script = directory.resolve(name);
    Files.writeString(script, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script;
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --bogus dump              | 1   | unrecognized option '--bogus'
          nonsense                  | 1   | unknown command: nonsense
          dump                      | 1   | pid not specified
          dump -t 0                 | 1   | invalid argument for --tree: 0
          dump -t abc               | 1   | invalid argument for --tree: abc
          dump -t 5 more            | 1   | excessive parameter for command dump
          dump -t 5 -D nowhere      | 1   | cannot open the images directory
          dump -t 5 -W nowhere      | 1   | cannot open the work directory
          dump -t 5 --ghost-limit x | 1   | invalid argument for --ghost-limit: x
          dump -t 5 --mntns-compat-mode | 1 | goes with restore alone
          dump -t 5 --page-server   | 1   | --page-server is not supported by Stasis yet
          dump -t 5 --lazy-pages    | 1   | --lazy-pages is not supported by Stasis yet
          dump -t 5 --stream        | 1   | --stream is not supported by Stasis yet
          dump -t 5 --tls           | 1   | --tls is not supported by Stasis yet
          dump -t 5 --cpu-cap       | 1   | --cpu-cap is not supported by Stasis yet
          restore -S                | 1   | --restore-sibling only makes sense with --restore-detached
          restore --log-pid         | 1   | --log-pid needs --log-file
          restore --exec-cmd        | 1   | --exec-cmd requires a command
          restore -d --exec-cmd ls  | 1   | cannot be used together
          restore --inherit-fd fd[99]:k | 1 | cannot inherit fd 99 for k
          check --ms                | 1   | --ms is gone
          check --feature nope      | 1   | unknown feature nope
          cpuinfo                   | 1   | requires an action
          cpuinfo what              | 1   | unknown action
          cpuinfo dump              | 1   | cpuinfo is not supported by Stasis yet
          page-server               | 1   | page-server is not supported by Stasis yet
          lazy-pages                | 1   | lazy-pages is not supported by Stasis yet
          dedup                     | 1   | dedup is not supported by Stasis yet
          service -d                | 1   | service --daemon is not supported by Stasis yet
          exec                      | 255 | the exec command is gone
          show                      | 255 | the show command is gone
          swrk                      | 1   | Usage: criu swrk <fd>
          swrk 3 4                  | 1   | Usage: criu swrk <fd>
          swrk x                    | 1   | not x
          swrk 77                   | 255 | descriptor 77
          """)
  void refusesWhatMakesNoSense(String line, int status, String message) throws IOException {
    assertThat(run(line)).isEqualTo(status);

    assertThat(caller.error()).contains(message);
    assertThat(engine.dumps).isEmpty();
    assertThat(engine.restores).isEmpty();
  }

  @Test
  void explainsItselfWhereverHelpIsAskedFor() throws IOException {
    assertThat(run("dump --bogus -h")).isZero();
    assertThat(caller.output()).startsWith("Usage:").contains("--tcp-established");
  }

  @Test
  void explainsItselfWhenNothingIsAskedFor() throws IOException {
    assertThat(run("")).isEqualTo(1);
    assertThat(caller.output()).startsWith("Usage:");
  }

  @Test
  void tellsItsVersion() throws IOException {
    assertThat(run("--version")).isZero();
    assertThat(caller.output()).isEqualTo("Version: 4.2\n");
  }

  @Test
  void refusesUsersThatAreNotRoot() throws IOException {
    caller.effectiveUid = 1000;

    assertThat(run("dump -t 5")).isEqualTo(1);
    assertThat(caller.error()).contains("not running as root: use --unprivileged");
    assertThat(run("dump -t 5 --unprivileged")).isZero();
  }

  @Test
  void dumps() throws IOException {
    assertThat(run("dump -t 5 -D images -W work -o dump.log -v4 -j --display-stats")).isZero();

    assertThat(engine.dumps).hasSize(1);
    assertThat(engine.dumps.getFirst().pid()).isEqualTo(5);
    assertThat(engine.dumps.getFirst().shellJob()).isTrue();
    assertThat(engine.dumps.getFirst().imagesDirectory()).isEqualTo(real("images"));
    assertThat(engine.dumps.getFirst().workDirectory()).isEqualTo(real("work"));
    assertThat(file("work/dump.log")).contains("Dumping finished successfully.");
    assertThat(caller.error()).isEmpty();
    assertThat(caller.output())
        .isEqualTo(
            """
            Displaying dump stats:
            Freezing time: 11 us
            Frozen time: 22 us
            Memory dump time: 33 us
            Memory write time: 44 us
            IRMAP resolve time: 0 us
            Memory pages scanned: 255 (0xff)
            Memory pages skipped from parent: 0 (0x0)
            Memory pages written: 16 (0x10)
            Lazy memory pages: 0 (0x0)
            """);
  }

  private Path real(String name) throws IOException {
    return directory.resolve(name).toRealPath();
  }

  @Test
  void writesStatisticsIntoTheWorkDirectory() throws IOException {
    assertThat(run("dump -t 5 -D images -W work")).isZero();

    try (ImageReader reader =
        ImageReader.open(
            directory.resolve("work/stats-dump"), ImageKind.STATS, ImageVersion.V1_1)) {
      StatsEntry entry = reader.single(StatsEntry.parser());
      assertThat(entry.getDump()).isEqualTo(FakeEngine.statistics());
    }
    assertThat(directory.resolve("images/stats-dump")).doesNotExist();
  }

  @Test
  void hasALogOfItsOwner() throws IOException {
    Files.writeString(directory.resolve("work/dump.log"), "old");

    assertThat(run("dump -t 5 -D images -W work -o dump.log")).isZero();
    assertThat(run("dump -t 5 -D images -W work -o new.log")).isZero();

    assertThat(file("work/dump.log")).doesNotContain("old");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("work/new.log"))))
        .isEqualTo("rw-------");
  }

  @Test
  void logsToStandardOutputWhereADashIsGiven() throws IOException {
    assertThat(run("dump -t 5 -o - -v3")).isZero();

    assertThat(caller.output()).contains("Dumping finished");
  }

  @Test
  void saysWhyADumpFailedInTheLogAndToTheUser() throws IOException {
    engine.failure =
        new StasisException(
            "task 12 (x)", "reopening fd 7", "", Errno.ENOENT.number(), "Do y.", null);

    assertThat(run("dump -t 5 -D images -W work -o dump.log")).isEqualTo(1);

    assertThat(file("work/dump.log"))
        .matches(
            """
            Error \\(criu/CriuDoorTest\\.java:\\d+\\): task 12 \\(x\\): reopening fd 7: ENOENT.*
            Error \\(criu/Work\\.java:\\d+\\): Dumping FAILED\\.
            """);
    assertThat(caller.error())
        .contains("task 12 (x): reopening fd 7")
        .contains("see " + real("work/dump.log"));
    assertThat(directory.resolve("work/stats-dump")).doesNotExist();
  }

  @Test
  void logsEveryObstacle() throws IOException {
    engine.failure =
        new ObstaclesException(
            List.of(
                new Obstacle("task 1 (a)", "fd 3", "odd", ""),
                new Obstacle("task 2 (b)", "fd 4", "odd too", "use --x")));

    assertThat(run("dump -t 5")).isEqualTo(1);

    assertThat(caller.error())
        .contains("task 1 (a): fd 3: odd\n")
        .contains("task 2 (b): fd 4: odd too; use --x\n")
        .contains("Dumping FAILED.");
  }

  @Test
  void reportsAFaultOfTheEngineAsAFailure() throws IOException {
    engine.fault = new IllegalStateException("a fault");

    assertThat(run("dump -t 5")).isEqualTo(1);
    assertThat(caller.error()).contains("java.lang.IllegalStateException: a fault");
  }

  @Test
  void preDumps() {
    assertThat(run("pre-dump -t 5")).isZero();
    assertThat(engine.preDumps).hasSize(1);
  }

  @Test
  void restoresDetachedWithoutWaiting() throws IOException {
    assertThat(run("restore -d -D images -W work --pidfile pid --display-stats")).isZero();

    assertThat(engine.restores).hasSize(1);
    assertThat(file("work/pid")).isEqualTo("4321");
    assertThat(caller.awaitedChildren).isFalse();
    assertThat(directory.resolve("work/stats-restore")).exists();
    assertThat(caller.output())
        .isEqualTo(
            """
            Displaying restore stats:
            Pages compared: 0 (0x0)
            Pages skipped COW: 0 (0x0)
            Pages restored: 30 (0x1e)
            Restore time: 9771 us
            Forking time: 1 us
            """);
  }

  @Test
  void waitsForTheTreeUnlessDetached() {
    assertThat(run("restore -D images")).isZero();
    assertThat(caller.awaitedChildren).isTrue();
  }

  @Test
  void becomesTheCommandGiven() {
    assertThat(run("restore -D images --exec-cmd -- ls -l x")).isZero();

    assertThat(caller.executed).containsExactly(List.of("ls", "-l", "x"));
    assertThat(caller.executedWithOutput).isFalse();
    assertThat(caller.awaitedChildren).isFalse();
  }

  @Test
  void failsARestoreWhosePidFileExists() throws IOException {
    Files.writeString(directory.resolve("images/pid"), "old");

    assertThat(run("restore -d -D images --pidfile pid")).isEqualTo(1);

    assertThat(file("images/pid")).isEqualTo("old");
    assertThat(caller.error()).contains("post-restore").contains("EEXIST");
  }

  @Test
  void writesDebugTextAtOnce() throws IOException {
    assertThat(run("restore -d --inherit-fd debug[1]:hello")).isZero();

    assertThat(caller.output()).isEqualTo("hello");
    assertThat(engine.restores.getFirst().inheritDescriptors()).isEmpty();
  }

  @Test
  void runsScriptsAtEachStageTheLastOneFirst() throws IOException {
    Path first = script("first", "echo first $CRTOOLS_SCRIPT_ACTION $# $CRTOOLS_INIT_PID $MARK");
    script("work/second", "echo second; pwd; ls $CRTOOLS_IMAGE_DIR; echo to error >&2");
    Files.writeString(directory.resolve("images/an.img"), "");
    caller.environment.put("MARK", "mark");

    int status =
        run(
            "dump -t 5 -D images -W work -o log --action-script "
                + first
                + " --action-script ./second");

    assertThat(status).isZero();
    String second = "second\n" + real("work") + "\nan.img\nto error\n";
    assertThat(file("work/log"))
        .isEqualTo(
            second + "first pre-dump 0 4321 mark\n" + second + "first post-dump 0 4321 mark\n");
  }

  @Test
  void failsAStageWhenOneScriptDoesButRunsThemAll() throws IOException {
    Path good = script("good", "echo good");
    Path bad = script("bad", "exit 3");

    assertThat(run("dump -t 5 -o log --action-script " + good + " --action-script " + bad))
        .isEqualTo(1);

    assertThat(file("log")).startsWith("good\n").contains("script " + bad + " ended with status 3");
  }

  @Test
  void tellsImagesThatWereWrittenFromADumpThatFailed() throws IOException {
    Path script = script("s", "test $CRTOOLS_SCRIPT_ACTION != post-dump");

    assertThat(run("dump -t 5 --action-script " + script)).isEqualTo(255);
  }

  @Test
  void countsAScriptThatCannotBeRunAsFailed() throws IOException {
    assertThat(run("dump -t 5 --action-script nowhere/script")).isEqualTo(1);
    assertThat(caller.error()).contains("script nowhere/script cannot be run");
  }

  @Test
  void onlyLogsFailuresOfScriptsOnceTheTreeRuns() throws IOException {
    Path script = script("s", "test $CRTOOLS_SCRIPT_ACTION != post-resume");

    assertThat(run("restore -d --action-script " + script)).isZero();
    assertThat(caller.error()).contains("post-resume: script");
  }

  @Test
  void checksTheMachine() throws IOException {
    assertThat(run("check")).isZero();
    assertThat(caller.output()).isEqualTo("Looks good.\n");

    engine.missing.put("clone3_set_tid", "no such system call");
    assertThat(run("check")).isEqualTo(1);
    assertThat(caller.error()).contains("clone3_set_tid: no such system call");
  }

  @Test
  void checksEverythingWhenAskedTo() throws IOException {
    engine.missingExtra.put("tun", "no /dev/net/tun");

    assertThat(run("check")).isZero();
    assertThat(run("check --all")).isEqualTo(1);
    assertThat(caller.error()).contains("tun: no /dev/net/tun");
    assertThat(caller.output()).contains("Looks good but some kernel features are missing");
  }

  @Test
  void checksSingleFeatures() throws IOException {
    assertThat(run("check --feature timens")).isZero();
    assertThat(caller.output()).isEqualTo("timens is supported\n");
    assertThat(engine.checks.getFirst().features()).containsExactly(Feature.TIMENS);

    engine.missing.put("kcmp_epoll", "too old");
    assertThat(run("check --feature kcmp_epoll")).isEqualTo(1);
  }

  @Test
  void claimsNoFeatureThatNothingIsMadeOf() throws IOException {
    assertThat(run("check --feature mem_dirty_track")).isEqualTo(1);
    assertThat(run("check --feature uffd-noncoop")).isEqualTo(1);
  }

  @Test
  void readsConfigurationFilesInTheirOrder() throws IOException {
    Path home = Files.createDirectories(directory.resolve("home/.criu"));
    Files.writeString(home.resolve("default.conf"), "shell-job\ntimeout 21\nghost-limit 1\n");
    Files.writeString(directory.resolve("env.conf"), "timeout 22\nfile-locks\n");
    Files.writeString(directory.resolve("given.conf"), "timeout 23\n");
    caller.environment.put("HOME", directory.resolve("home").toString());
    caller.environment.put("CRIU_CONFIG_FILE", directory.resolve("env.conf").toString());

    run("dump -t 5");
    run("dump -t 5 --config given.conf");
    run("dump -t 5 --timeout 24 --no-default-config");
    run("dump -t 5 --config missing.conf");

    assertThat(engine.dumps).extracting(o -> o.timeoutSeconds()).containsExactly(22, 23, 24, 22);
    assertThat(engine.dumps)
        .extracting(o -> o.shellJob())
        .containsExactly(true, false, false, false);
    assertThat(engine.dumps).extracting(o -> o.fileLocks()).containsOnly(true);
    assertThat(engine.dumps.getFirst().ghostLimitBytes()).isEqualTo(1);
  }

  @Test
  void refusesABadConfigurationFile() throws IOException {
    Files.writeString(directory.resolve("c"), "shell-job\nbogus\n");

    assertThat(run("dump -t 5 --config c")).isEqualTo(1);
    assertThat(caller.error())
        .isEqualTo(
            """
            configuration file c, line 2: unrecognized option '--bogus'
            Try 'criu --help' for more information.
            """);
  }

  @Test
  void takesDeprecatedFunctionsFromTheEnvironment() {
    caller.environment.put("CRIU_DEPRECATED", "1");
    run("dump -t 5");
    assertThat(engine.dumps.getFirst().allowDeprecated()).isTrue();
  }
}
