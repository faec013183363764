package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A container of Docker")
@Tag("container")
class DockerTest {
  private static final String BUSYBOX = "localhost/stasis/busybox:1";

  @RegisterExtension static final Docker DOCKER = new Docker("busybox");

  private static DockerContainer counting(String... options) {
    String[] words = new String[options.length + 4];
    System.arraycopy(options, 0, words, 0, options.length);
    words[options.length] = BUSYBOX;
    words[options.length + 1] = "sh";
    words[options.length + 2] = "-c";
    words[options.length + 3] = Counting.SHELL;
    DockerContainer container = DOCKER.start(words);
    container.awaitNumber(3);
    return container;
  }

  @Test
  void goesOnWhereItWas() {
    DockerContainer container = counting("--network", "none");
    container.checkpoint("first");
    container.awaitEnd();
    assertThat(container.checkpoints()).containsExactly("first");
    long before = container.lastNumber();

    container.start("first");

    Counting.assertUnbroken(container.awaitNumber(before + 5));
    assertThat(container.exec("hostname")).isNotEmpty();
    DOCKER.run("stop", "--time", "0", container.name());
    assertThat(container.isRunning()).isFalse();
  }

  @Test
  void runsOnWhenLeftRunningAndStartsFromAnyOfItsCheckpoints() {
    DockerContainer container = counting("--network", "none");
    container.checkpoint("early", "--leave-running");
    long early = container.lastNumber();
    container.awaitNumber(early + 5);
    container.checkpoint("late");
    container.awaitEnd();
    Counting.assertUnbroken(container.numbers());
    long late = container.lastNumber();
    assertThat(container.checkpoints()).containsExactlyInAnyOrder("early", "late");

    container.start("early");

    long end = container.awaitNumber(late + 1).size();
    assertThat(end).as("numbers said a second time").isGreaterThanOrEqualTo(late + late - early);
    DOCKER.run("checkpoint", "rm", container.name(), "early");
    assertThat(container.checkpoints()).containsExactly("late");
  }

  @Test
  void leavesItsCheckpointWhereItIsTold(@TempDir Path elsewhere) throws IOException {
    DockerContainer container = counting("--network", "none");
    String option = "--checkpoint-dir=" + elsewhere;
    container.checkpoint("there", option);
    container.awaitEnd();
    assertThat(elsewhere.resolve("there/inventory.img")).isNotEmptyFile();
    assertThat(container.checkpoints(option)).containsExactly("there");
    assertThat(container.checkpoints()).isEmpty();
    long before = container.lastNumber();

    // Docker starts from the container's own directory only
    Path own = DOCKER.data().resolve("containers").resolve(container.inspect(".Id"));
    Files.createDirectories(own.resolve("checkpoints"));
    Command.of("cp", "-a", elsewhere + "/there", own + "/checkpoints/here").run().orFail();
    container.start("here");

    Counting.assertUnbroken(container.awaitNumber(before + 5));
    DOCKER.run("checkpoint", "rm", option, container.name(), "there");
    assertThat(elsewhere.resolve("there")).doesNotExist();
  }

  @Test
  void servesAtItsAddressThroughThreeRounds() {
    DOCKER.requireNetworksForCheckpoints();
    DockerContainer container =
        DOCKER.start("--network", Docker.NETWORK, BUSYBOX, "sh", "-c", WebServer.COMMAND);
    String address = container.address();
    assertThat(WebServer.page(address)).isEqualTo(WebServer.PAGE);
    for (int round = 1; round <= 3; round++) {
      String checkpoint = "round" + round;
      container.checkpoint(checkpoint);
      container.awaitEnd();

      container.start(checkpoint);

      assertThat(container.address()).isEqualTo(address);
      assertThat(WebServer.page(address)).isEqualTo(WebServer.PAGE);
    }
  }

  @Test
  void keepsItsTerminalItsVolumesAndWhatIsInMemoryOnly(@TempDir Path shared) throws IOException {
    DockerContainer container =
        counting(
            "--tty",
            "--network",
            "none",
            "--memory",
            "64m",
            "--tmpfs",
            "/scratch",
            "--volume",
            "/data",
            "--volume",
            shared + ":/shared");
    container.exec(
        "sh", "-c", "echo 1 >/scratch/a; echo 2 >/data/b; echo 3 >/shared/c; echo 4 >/d");
    container.checkpoint("all");
    container.awaitEnd();
    long number = container.lastNumber();

    container.start("all");

    Counting.assertUnbroken(container.awaitNumber(number + 5));
    assertThat(container.exec("cat", "/scratch/a", "/data/b", "/shared/c", "/d"))
        .isEqualTo("1\n2\n3\n4");
    assertThat(Files.readString(shared.resolve("c"))).isEqualTo("3\n");
    assertThat(container.exec("sh", "-c", "readlink /proc/1/fd/0")).startsWith("/dev/pts/");
    assertThat(MemoryLimit.of(Long.parseLong(container.inspect(".State.Pid"))))
        .isEqualTo(Long.toString(64 << 20));
  }

  @Test
  void isPausedResumedAndEndsByItselfAfterARestore() {
    DockerContainer container =
        DOCKER.start(
            "--network",
            "none",
            BUSYBOX,
            "sh",
            "-c",
            "i=0; while [ ! -e /go ]; do i=$((i+1)); echo $i; sleep 0.1; done; exit 7");
    container.awaitNumber(3);
    container.checkpoint("running");
    container.awaitEnd();
    container.start("running");
    container.awaitNumber(container.lastNumber() + 2);

    DOCKER.run("pause", container.name());
    long paused = container.lastNumber();
    DOCKER.run("unpause", container.name());
    Counting.assertUnbroken(container.awaitNumber(paused + 2));
    container.exec("touch", "/go");

    container.awaitEnd();
    assertThat(container.inspect(".State.ExitCode")).isEqualTo("7");
  }

  @Test
  void isToldWhyItCannotBeCheckpointedAndRunsOn() throws IOException {
    DOCKER.requireNetworksForCheckpoints();
    DockerContainer container =
        DOCKER.start(
            "--network",
            Docker.NETWORK,
            BUSYBOX,
            "sh",
            "-c",
            "echo ready; exec nc -ll -p 7 -e cat");
    try (Socket client = Dialogue.connect(container.address(), 7)) {
      assertThat(Dialogue.echo(client, "before")).isEqualTo("before");

      CommandResult refused = container.tryCheckpoint("open");

      assertThat(refused.exitStatus()).isNotZero();
      assertThat(refused.errors()).contains("criu-dump.log");
      assertThat(container.logs()).contains("--tcp-established");
      assertThat(container.checkpoints()).isEmpty();
      assertThat(container.inspect(".State.Status")).isEqualTo("running");
      assertThat(Dialogue.echo(client, "after")).isEqualTo("after");
    }
  }

  @Test
  void startsFromNoCheckpointThatIsMissingOrDamaged() throws IOException {
    DockerContainer container = counting("--network", "none");
    container.checkpoint("good", "--leave-running");
    assertThat(container.tryCheckpoint("good").exitStatus()).as("the same name again").isNotZero();
    assertThat(container.isRunning()).isTrue();
    container.checkpoint("bad");
    container.awaitEnd();
    Path own = DOCKER.data().resolve("containers").resolve(container.inspect(".Id"));
    Path inventory = own.resolve("checkpoints/bad/pstree.img");
    try (FileChannel file = FileChannel.open(inventory, StandardOpenOption.WRITE)) {
      file.truncate(file.size() - 1);
    }

    CommandResult missing = container.tryStart("none");
    CommandResult damaged = container.tryStart("bad");

    assertThat(missing.exitStatus()).isNotZero();
    assertThat(missing.errors()).contains("checkpoint none does not exist");
    assertThat(damaged.exitStatus()).isNotZero();
    assertThat(container.isRunning()).isFalse();
    long before = container.lastNumber();
    container.start("good");
    container.awaitNumber(before + 1);
  }
}
