package org.stasis.engine.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.linux.Processes;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;

@DisplayName("Meeting a launcher")
class LauncherRootAgentTest {
  private static final int PATIENCE_MILLIS = 10_000;

  private Seqpacket launcher;
  private Seqpacket engine;

  @BeforeEach
  void connect() throws SyscallException {
    Seqpacket[] pair = Seqpacket.pair();
    launcher = pair[0];
    engine = pair[1];
  }

  @AfterEach
  void disconnect() throws SyscallException {
    launcher.close();
    engine.close();
  }

  private void say(int kind, long magic, long version) throws SyscallException {
    launcher.send(new LauncherMessage(kind, magic, version, 0, 0).encode(List.of()), null);
  }

  private int heard() throws SyscallException {
    return LauncherMessage.decode(launcher.receiveNow().bytes()).kind();
  }

  @Test
  void welcomesOneOfThisVersion() throws IOException {
    say(LauncherMessage.HELLO, LauncherMessage.MAGIC, LauncherMessage.VERSION);
    try (LauncherRootAgent agent = LauncherRootAgent.greet(engine, PATIENCE_MILLIS)) {
      assertThat(agent.pid()).as("who made the pair").isEqualTo(Processes.self());
      agent.welcome();
      assertThat(heard()).isEqualTo(LauncherMessage.WELCOME);
      assertThat(agent.cancellation().requested()).isFalse();
      launcher.close();
      assertThat(agent.cancellation().requested()).isTrue();
    }
  }

  @Test
  void sendsOneOfAnotherVersionElsewhere() throws IOException {
    say(LauncherMessage.HELLO, LauncherMessage.MAGIC, LauncherMessage.VERSION + 1);
    assertThatThrownBy(() -> LauncherRootAgent.greet(engine, PATIENCE_MILLIS))
        .hasMessageContaining("speaks version " + (LauncherMessage.VERSION + 1));
    assertThat(heard()).isEqualTo(LauncherMessage.REFUSE);
    assertThat(launcher.receiveNow().bytes()).as("closed").isEmpty();
  }

  @Test
  void turnsAwayWhoIsNone() throws IOException {
    say(LauncherMessage.HELLO, 1, LauncherMessage.VERSION);
    assertThatThrownBy(() -> LauncherRootAgent.greet(engine, PATIENCE_MILLIS))
        .hasMessageContaining("is no launcher of Stasis");
    assertThat(launcher.receiveNow().bytes()).as("closed").isEmpty();
  }

  @Test
  void turnsAwayWhoSaysNothing() throws IOException {
    assertThatThrownBy(() -> LauncherRootAgent.greet(engine, 1))
        .hasMessageContaining("connected and said nothing");
  }

  @Test
  void noticesWhoLeavesAtOnce() throws IOException {
    launcher.close();
    assertThatThrownBy(() -> LauncherRootAgent.greet(engine, PATIENCE_MILLIS))
        .hasMessageContaining("ESRCH");
  }
}
