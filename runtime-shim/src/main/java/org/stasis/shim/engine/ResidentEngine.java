package org.stasis.shim.engine;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.stasis.engine.launcher.LauncherRootAgent;
import org.stasis.linux.Poll;
import org.stasis.linux.Processes;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;

/**
 * An engine that stays. Started by a launcher, it serves that one first, and meanwhile and
 * afterwards all others of its place and distribution, until none has come for a while.
 */
final class ResidentEngine implements EngineControl {
  private static final Runnable NOTHING_MORE = () -> {};

  private final Instant started = Instant.now();
  private final Distribution distribution = Distribution.ofThisProcess();
  private final CountDownLatch listensOrWillNot = new CountDownLatch(1);
  private final CountDownLatch done = new CountDownLatch(1);
  private final Bell bell;
  private final Doors doors;
  private final Sessions sessions;
  private final Undertakings undertakings;
  private volatile boolean stopping;
  private volatile boolean listening;

  ResidentEngine(DoorsOfEngine doors) throws SyscallException {
    this.bell = new Bell();
    this.undertakings = new Undertakings(bell);
    this.doors = doors.with(this);
    this.sessions = new Sessions(this.doors, bell);
    Runtime.getRuntime().addShutdownHook(new Thread(this::endOrderly, "signal"));
  }

  /**
   * Serves until there is nothing left to do.
   *
   * @param first the connection to the caller that this process was started by
   * @param idleLimitSeconds how long it stays without a session
   */
  void serve(Seqpacket first, int idleLimitSeconds) throws InterruptedException {
    // Before all else, since somebody waits for it; but its end tells people that we are here.
    sessions.start(first, Session.Admission.OF_ALL, this::awaitListening);
    try {
      Place place = Place.ofThisProcess();
      if (place.equals(Place.ofTheMachine())) {
        serveOthers(place, TimeUnit.SECONDS.toNanos(idleLimitSeconds));
      } else {
        EngineLog.say("started in namespaces or a root directory of its own: serves one caller");
      }
    } catch (SyscallException e) {
      EngineLog.say("cannot stay resident: " + e.getMessage());
    } finally {
      listensOrWillNot.countDown();
      end();
    }
  }

  private void awaitListening() {
    try {
      listensOrWillNot.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Serves whoever is told of a socket, until it is stopped.
   *
   * @param path the socket's, in a folder that only those enter who are to be served
   * @throws SyscallException when it cannot be made
   */
  void serveAt(String path) throws SyscallException, InterruptedException {
    try (EngineSocket socket = EngineSocket.at(path)) {
      Place place = Place.ofThisProcess();
      listen(socket, launcher -> isAtHome(launcher, place), Long.MAX_VALUE);
    } finally {
      end();
    }
  }

  private void end() throws InterruptedException {
    try {
      undertakings.end();
      sessions.awaitAll();
    } finally {
      done.countDown();
    }
  }

  private void serveOthers(Place place, long idleLimitNanos) throws SyscallException {
    try (EngineSocket socket = EngineSocket.take()) {
      if (socket == null) {
        EngineLog.say("another engine is resident: serves one caller");
        return;
      }
      EngineLog.bound();
      EngineLog.say("resident, version " + EngineVersion.text());
      doors.resident();
      listen(socket, launcher -> decide(launcher, place), idleLimitNanos);
      EngineLog.say(stopping ? "stops" : "has been idle and ends");
    }
  }

  private void listen(EngineSocket socket, Session.Admission admission, long idleLimitNanos)
      throws SyscallException {
    List<Poll.Interest> interests =
        List.of(
            new Poll.Interest(socket.fd(), Poll.POLLIN), new Poll.Interest(bell.fd(), Poll.POLLIN));
    listening = true;
    listensOrWillNot.countDown();
    while (!stopping) {
      long left = idleLimitNanos - (undertakings.any() ? 0 : sessions.idleNanos());
      if (left < 0) {
        break;
      }
      int[] events = Poll.await(interests, millis(left));
      if (events[1] != 0) {
        bell.silence();
      }
      if (events[0] != 0) {
        sessions.start(socket.accept(), admission, NOTHING_MORE);
      }
    }
    listening = false;
    for (Seqpacket late : socket.withdraw()) {
      sessions.start(late, launcher -> Session.Decision.LEAVE, NOTHING_MORE);
    }
  }

  /** A timeout of poll(2) that does not end too early. */
  private static int millis(long nanos) {
    return (int) Math.min(Integer.MAX_VALUE, 1 + TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  private static Session.Decision isAtHome(LauncherRootAgent launcher, Place place)
      throws SyscallException {
    boolean isHere = launcher.uid() == (int) Syscall.raw(SyscallNumber.GETEUID);
    return isHere && Place.of(launcher.pid()).equals(place)
        ? Session.Decision.SERVE
        : Session.Decision.REFUSE;
  }

  private Session.Decision decide(LauncherRootAgent launcher, Place place) throws SyscallException {
    if (isAtHome(launcher, place) == Session.Decision.REFUSE) {
      return Session.Decision.REFUSE;
    }
    if (!distribution.equals(distribution.now())) {
      EngineLog.say("another version has been installed");
      stop();
    }
    if (stopping) {
      return Session.Decision.LEAVE;
    }
    boolean same = distribution.sameAs(Distribution.ofLauncher(launcher.pid()));
    return same ? Session.Decision.SERVE : Session.Decision.REFUSE;
  }

  @Override
  public Status status() {
    return new Status(Processes.self(), listening, started, sessions.status());
  }

  @Override
  public void stop() {
    stopping = true;
    bell.ring();
  }

  @Override
  public boolean undertake(String name, Runnable work) {
    return undertakings.start(name, work);
  }

  @Override
  public void say(String text) {
    EngineLog.say(text);
  }

  /** On SIGTERM, and harmless at a normal end: the JVM goes once this returns. */
  private void endOrderly() {
    try {
      stop();
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
