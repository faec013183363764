package org.stasis.engine.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.engine.launcher.NativeBuild;
import org.stasis.linux.agent.AgentBlob;
import org.stasis.linux.x86.Cpuid;

@DisplayName("The CPUID instruction")
class CpuidTest {
  @Test
  void answersAsTheKernelHasItFromTheProcessor() throws IOException {
    Cpuid cpuid = new Cpuid(AgentBlob.read(NativeBuild.agent()));
    int[] answer = cpuid.ask(0, 0);
    String vendor =
        new String(
            ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(answer[1])
                .putInt(answer[3])
                .putInt(answer[2])
                .array(),
            StandardCharsets.US_ASCII);
    assertThat(Files.readString(Path.of("/proc/cpuinfo")))
        .containsPattern("(?m)^vendor_id\\s*: " + vendor + "$")
        .containsPattern("(?m)^cpuid level\\s*: " + answer[0] + "$");
  }
}
