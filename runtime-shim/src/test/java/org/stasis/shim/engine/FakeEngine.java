package org.stasis.shim.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Processes;
import org.stasis.shim.Caller;

/** An engine's process whose only door does what the tests of sessions need. */
final class FakeEngine {
  private static final int LOOK_MILLIS = 10;
  private static final int SLOW_MILLIS = 300;

  private final EngineControl control;

  private FakeEngine(EngineControl control) {
    this.control = control;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    EngineProcess.run(
        arguments,
        control -> {
          FakeEngine engine = new FakeEngine(control);
          return program -> engine::serve;
        });
  }

  private int serve(Caller caller) throws Exception {
    List<String> words = caller.arguments();
    switch (words.get(1)) {
      case "pid" -> say(caller, String.valueOf(Processes.self()));
      case "uid" -> say(caller, Files.getAttribute(Path.of("/proc/self"), "unix:uid") + "");
      case "exit" -> {
        return Integer.parseInt(words.get(2));
      }
      case "hold" -> hold(caller, caller.resolve(words.get(2)));
      case "fail" -> throw new IllegalStateException("on purpose");
      case "exhaust" -> exhaust();
      case "stop" -> control.stop();
      case "status" -> say(caller, control.status().toString());
      case "execute" -> {
        try (Fd stdout = caller.descriptor(1)) {
          caller.execute(words.subList(2, words.size()), stdout);
        }
      }
      case "run" -> {
        try (Fd passed = Fd.open(caller.resolve(words.get(2)).toString(), Open.O_RDONLY, 0)) {
          return caller.run(words.subList(3, words.size()), List.of(passed));
        }
      }
      case "show" -> {
        say(caller, words.subList(2, words.size()) + " " + caller.environment().get("MARK"));
        say(caller, caller.workingDirectory().toRealPath().toString());
        say(caller, Files.readString(caller.resolve("file")));
      }
      default -> throw new IllegalArgumentException(words.get(1));
    }
    return 0;
  }

  private static void say(Caller caller, String text) throws IOException {
    try (Fd stdout = caller.descriptor(1)) {
      stdout.writeFully((text + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Says that it has begun, then waits to be told to go on, or to be cancelled. */
  private static void hold(Caller caller, Path name) throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    caller.onCancel(told::countDown);
    Path file = Files.writeString(Path.of(name + ".new"), String.valueOf(Processes.self()));
    Files.move(file, Path.of(name + ".begun")); // there with its content at once
    while (!Files.exists(Path.of(name + ".go")) && !caller.cancelled()) {
      Thread.sleep(LOOK_MILLIS);
    }
    if (caller.cancelled()) {
      told.await();
      Thread.sleep(SLOW_MILLIS); // undoing takes its time
      Files.writeString(Path.of(name + ".cancelled"), "");
    }
  }

  private static void exhaust() {
    List<byte[]> all = new ArrayList<>();
    while (true) {
      all.add(new byte[1 << 20]);
    }
  }
}
