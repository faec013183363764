package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A runtime's files about a container that was filled")
class MadeContainerTest {
  private static final String CONFIG =
      """
      {"process": {"capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"]}}}""";

  @TempDir private Path folder;

  private void put(String fixture, String name) throws Exception {
    try (InputStream from = getClass().getResourceAsStream(fixture + "/" + name)) {
      Files.write(folder.resolve(name), from.readAllBytes());
    }
    Files.setPosixFilePermissions(
        folder.resolve(name), PosixFilePermissions.fromString("rw-------"));
  }

  private JsonObject read(String name) throws Exception {
    return JsonObject.parse(name, Files.readString(folder.resolve(name)));
  }

  private void forget(RuntimeKind kind) throws Exception {
    BoxSpec spec = new BoxSpec(JsonObject.parse("config.json", CONFIG), Path.of("/the/bundle"));
    new MadeContainer(kind, folder).forget(spec, CONFIG.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"runc-1.1.5", "runc-1.1.15", "runc-1.3.6"})
  void areThoseOfTheCallersBundleInRunc(String fixture) throws Exception {
    put(fixture, "state.json");
    JsonObject before = read("state.json");
    forget(RuntimeKind.RUNC);
    JsonObject after = read("state.json");
    assertThat(after.object("config").texts("labels")).contains("bundle=/the/bundle");
    JsonObject capabilities = after.object("config").object("capabilities");
    assertThat(capabilities.texts("Bounding")).containsExactly("CAP_KILL");
    assertThat(capabilities.texts("Effective")).containsExactly("CAP_KILL");
    assertThat(capabilities.texts("Ambient")).isEmpty();
    for (JsonObject each : List.of(before, after)) {
      each.object("config").members().remove("labels");
      each.object("config").members().remove("capabilities");
    }
    assertThat(after).isEqualTo(before);
    assertThat(Files.getPosixFilePermissions(folder.resolve("state.json")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    try (var left = Files.list(folder)) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void areThoseOfTheCallersBundleInCrun() throws Exception {
    put("crun-1.8.1", "status");
    put("crun-1.8.1", "config.json");
    forget(RuntimeKind.CRUN);
    assertThat(read("status").text("bundle")).contains("/the/bundle");
    assertThat(folder.resolve("config.json")).hasContent(CONFIG);
  }
}
