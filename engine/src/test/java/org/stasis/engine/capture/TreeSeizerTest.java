package org.stasis.engine.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.engine.spi.Freezer;
import org.stasis.linux.proc.ProcFs;
import org.stasis.specimens.Specimen;

@DisplayName("A tree that is being held")
class TreeSeizerTest {
  private static final int ROUNDS = 25;

  /** In a frozen group children are held before their parents stand still. */
  private static final class FrozenGroup implements Freezer.Group {
    @Override
    public void thaw() {
      // its tasks were never frozen: what counts here is the order in which they are held
    }

    @Override
    public void freeze() {
      // see thaw
    }
  }

  @BeforeAll
  static void needsRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "ptrace needs root");
  }

  @Test
  @DisplayName("was frozen while a parent waited in vfork for its child")
  void withVforkInFrozenGroup() throws Exception {
    try (Specimen specimen = Specimen.start("process-vfork");
        ProcFs proc = ProcFs.open()) {
      for (int round = 0; round < ROUNDS; round++) {
        Tracer tracer = new Tracer(() -> false, TimeUnit.SECONDS.toNanos(30));
        try (TreeSeizer tree = new TreeSeizer(proc, tracer, new FrozenGroup())) {
          assertThat(tree.seize(specimen.pid())).isNotEmpty();
        }
      }
      assertThat(specimen.finish()).isEqualTo("ok");
    }
  }
}
