package org.stasis.shim.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;

@DisplayName("The log of a session")
class SessionLogTest {
  private static final Logger LOG = LoggerFactory.getLogger(SessionLogTest.class);

  @TempDir Path directory;

  private Fd file(String name) throws SyscallException {
    int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_APPEND | Open.O_CLOEXEC;
    return Fd.open(directory.resolve(name).toString(), flags, 0600);
  }

  private String read(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }

  private String logged(int verbosity) throws IOException {
    try (SessionLog log = new SessionLog();
        SessionLog.Attachment _ = log.attach()) {
      log.verbosity(verbosity);
      log.writeTo(file("log" + verbosity));
      LOG.error("cannot do {}", "this");
      LOG.warn("odd");
      LOG.info("step");
      LOG.debug("detail {} of {}", 1, 2);
    }
    return read("log" + verbosity);
  }

  @Test
  void hasTheFormOfCriu() throws IOException {
    String time = "\\(\\d\\d\\.\\d{6}\\) ";
    String at = "\\(log/SessionLogTest\\.java:\\d+\\): ";

    assertThat(logged(4))
        .matches(
            time
                + "Error "
                + at
                + "cannot do this\n"
                + time
                + "Warn  "
                + at
                + "odd\n"
                + time
                + "step\n"
                + time
                + "detail 1 of 2\n");
  }

  @Test
  void holdsWhatTheVerbosityAsksFor() throws IOException {
    assertThat(logged(0)).isEmpty();
    assertThat(logged(1)).matches("Error \\(log/.*\\): cannot do this\n");
    assertThat(logged(2)).matches("Error .*this\nWarn  .*odd\n");
    assertThat(logged(3)).matches("\\(.*Error .*\n.*Warn  .*\n\\(\\d\\d\\.\\d{6}\\) step\n");
  }

  @Test
  void keepsWhatIsSaidBeforeItHasAPlace() throws IOException {
    try (SessionLog log = new SessionLog();
        SessionLog.Attachment _ = log.attach()) {
      LOG.debug("early detail");
      LOG.warn("early");
      log.verbosity(2);
      log.writeTo(file("log"));
      LOG.warn("late");
    }

    assertThat(read("log")).matches("Warn .*early\nWarn .*late\n");
  }

  @Test
  void remembersTheFirstErrorWhateverIsWritten() throws IOException {
    try (SessionLog log = new SessionLog();
        SessionLog.Attachment _ = log.attach()) {
      log.verbosity(0);
      log.writeTo(file("log"));
      LOG.warn("no error");
      LOG.error("first");
      LOG.error("second");

      assertThat(log.firstError().orElseThrow())
          .matches("Error \\(log/SessionLogTest\\.java:\\d+\\): first\n");
    }
  }

  @Test
  void namesThePlaceAnExceptionComesFrom() throws IOException {
    try (SessionLog log = new SessionLog()) {
      log.writeTo(file("log"));
      log.error(thrownElsewhere());
    }

    assertThat(read("log")).matches("Error \\(log/SessionLogTest\\.java:\\d+\\): from elsewhere\n");
  }

  private static IOException thrownElsewhere() {
    return new IOException("from elsewhere");
  }

  @Test
  void doesNotCountAnExceptionsOwnFactory() throws IOException {
    try (SessionLog log = new SessionLog()) {
      log.writeTo(file("log"));
      log.error(Odd.made());
    }

    // The exception is made three lines above this one, by a method of its own class.
    int line = new Throwable().getStackTrace()[0].getLineNumber() - 4;
    assertThat(read("log")).startsWith("Error (log/SessionLogTest.java:" + line + "): odd\n");
  }

  @Test
  void traceIsLoggedWithEverythingElse() throws IOException {
    try (SessionLog log = new SessionLog()) {
      log.verbosity(4);
      log.writeTo(file("log"));
      log.error(new IOException("outer", new IllegalStateException("inner")));
    }

    assertThat(read("log"))
        .contains("): outer\n")
        .contains("  at ")
        .contains("because of java.lang.IllegalStateException: inner");
  }

  @Test
  void isThatOfTheThreadAndOfThoseItStarts() throws Exception {
    CyclicBarrier together = new CyclicBarrier(2);
    Thread first = session("first", together);
    Thread second = session("second", together);
    first.join();
    second.join();

    assertThat(read("first")).matches("Warn .*first\nWarn .*first's child\n");
    assertThat(read("second")).matches("Warn .*second\nWarn .*second's child\n");
  }

  private Thread session(String name, CyclicBarrier together) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try (SessionLog log = new SessionLog();
                  SessionLog.Attachment _ = log.attach()) {
                log.writeTo(file(name));
                together.await();
                LOG.warn(name);
                together.await();
                Thread.ofPlatform().start(() -> LOG.warn(name + "'s child")).join();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
  }

  @Test
  void goesOnWhenItCannotBeWrittenAndSaysSo() throws IOException {
    SessionLog log = new SessionLog();
    log.writeTo(Fd.open("/dev/full", Open.O_WRONLY | Open.O_CLOEXEC));
    log.line(Severity.ERROR, "a/B.java:1", "one");
    log.line(Severity.ERROR, "a/B.java:1", "two");
    log.close();

    assertThat(log.failure().orElseThrow()).hasMessageContaining("ENOSPC");
    assertThat(log.firstError()).contains("Error (a/B.java:1): one\n");
  }

  private static final class Odd extends Exception {
    private static final long serialVersionUID = 1L;

    private Odd() {
      super("odd");
    }

    static Odd made() {
      return new Odd();
    }
  }
}
