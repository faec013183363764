package org.stasis.engine.signalfd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.SignalfdEntry;
import org.stasis.linux.Open;

@DisplayName("The plan for a signalfd")
class SignalfdTest {
  @TempDir Path directory;

  @Test
  void makesItWithItsSignalsAndFlags() throws Exception {
    TestPlanner plan =
        new TestPlanner(directory)
            .file(
                FileEntry.newBuilder()
                    .setType(FdTypes.SIGNALFD)
                    .setId(1)
                    .setSgfd(
                        SignalfdEntry.newBuilder()
                            .setId(1)
                            .setFlags(Open.O_RDWR | Open.O_NONBLOCK)
                            .setFown(Owners.NOBODY)
                            .setSigmask(0x8000000000000200L))
                    .build(),
                7)
            .plan(new Signalfd());
    assertThat(plan.operations())
        .singleElement()
        .asString()
        .matches("signalfd4\\(-1, &channel\\[\\d+], 8, 2048\\)");
    assertThat(plan.data(0, 1)).containsExactly(0x8000000000000200L);
    assertThat(plan.opened()).containsOnlyKeys(1);
  }
}
