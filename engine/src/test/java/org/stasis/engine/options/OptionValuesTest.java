package org.stasis.engine.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Options")
class OptionValuesTest {
  private static final Path IMAGES = Path.of("/images");

  @Test
  void haveTheDefaultsOfCriu() {
    DumpOptions dump = DumpOptions.builder(IMAGES, 5).build();

    assertThat(dump.workDirectory()).isEqualTo(IMAGES);
    assertThat(dump.finalState()).isEqualTo(FinalState.KILLED);
    assertThat(dump.ghostLimitBytes()).isEqualTo(1 << 20);
    assertThat(dump.ghostFiemap()).isTrue();
    assertThat(dump.timeoutSeconds()).isEqualTo(10);
    assertThat(dump.cgroups().mode()).isEqualTo(CgroupMode.SOFT);
    assertThat(dump.networkLock()).isEqualTo(NetworkLock.IPTABLES);
    assertThat(dump.fileValidation()).isEqualTo(FileValidation.BUILD_ID);
    assertThat(dump.cpuCapabilities()).isEqualTo(CpuCapabilities.ofBits(5));
    assertThat(RestoreOptions.builder(IMAGES).build().workDirectory()).isEqualTo(IMAGES);
  }

  @Test
  void doNotChangeWithTheListsTheyWereMadeFrom() {
    List<String> mounts = new ArrayList<>(List.of("/a"));
    DumpOptions dump = DumpOptions.builder(IMAGES, 5).skipMounts(mounts).build();
    mounts.add("/b");

    assertThat(dump.skipMounts()).containsExactly("/a");
  }

  @Test
  void refuseNumbersThatCannotBe() {
    assertThatThrownBy(() -> DumpOptions.builder(IMAGES, 0).build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DumpOptions.builder(IMAGES, 5).timeoutSeconds(0).build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DumpOptions.builder(IMAGES, 5).ghostLimitBytes(-1).build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new PageServer(Optional.empty(), 65536, OptionalInt.empty(), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void readCgroupRoots() {
    assertThat(CgroupRoot.parse("/a")).isEqualTo(new CgroupRoot(Optional.empty(), "/a"));
    assertThat(CgroupRoot.parse("cpu,cpuacct:/a"))
        .isEqualTo(new CgroupRoot(Optional.of("cpu,cpuacct"), "/a"));
    assertThat(CgroupRoot.parse("name=systemd:/a"))
        .isEqualTo(new CgroupRoot(Optional.of("name=systemd"), "/a"));
    assertThat(CgroupRoot.parse(":/a")).isEqualTo(new CgroupRoot(Optional.of(""), "/a"));
    assertThatThrownBy(() -> CgroupRoot.parse("cpu:a"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void readInheritedDescriptors() {
    assertThat(InheritFd.parse("fd[7]:pipe:[12]")).isEqualTo(new InheritFd("pipe:[12]", 7));
    for (String bad : List.of("", "fd[7]", "fd[7]:", "fd[x]:k", "fd[-1]:k", "df[7]:k")) {
      assertThatThrownBy(() -> InheritFd.parse(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void readSecurityProfiles() {
    assertThat(LsmProfile.parse("selinux:u:r:t:s0"))
        .isEqualTo(new LsmProfile(LsmProfile.Module.SELINUX, "u:r:t:s0"));
    assertThat(LsmProfile.parse("none:x").module()).isEqualTo(LsmProfile.Module.NONE);
    assertThatThrownBy(() -> LsmProfile.parse("smack:x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refuseToJoinWhatCannotBeJoined() {
    assertThatThrownBy(
            () ->
                new JoinNamespace(
                    NamespaceKind.PID, IMAGES, OptionalInt.empty(), OptionalInt.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                new JoinNamespace(
                    NamespaceKind.NET, IMAGES, OptionalInt.of(1), OptionalInt.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nameEveryFeatureOnce() {
    for (Feature feature : Feature.values()) {
      assertThat(Feature.named(feature.word())).contains(feature);
    }
    assertThat(Feature.named("list")).isEmpty();
  }
}
