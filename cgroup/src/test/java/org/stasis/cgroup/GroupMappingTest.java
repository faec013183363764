package org.stasis.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.engine.options.CgroupRoot;
import org.stasis.images.proto.CgControllerEntry;
import org.stasis.images.proto.CgMemberEntry;
import org.stasis.images.proto.CgSetEntry;
import org.stasis.images.proto.CgroupDirEntry;

@DisplayName("Where groups come back")
class GroupMappingTest {
  private static final CgSetEntry SET =
      CgSetEntry.newBuilder()
          .setId(2)
          .addCtls(member("", "/old"))
          .addCtls(member("cpu,cpuacct", "/box/old/init"))
          .addCtls(member("name=systemd", "/old"))
          .build();

  private static final List<CgControllerEntry> CONTROLLERS =
      List.of(
          CgControllerEntry.newBuilder()
              .addCnames("cpu")
              .addCnames("cpuacct")
              .addDirs(CgroupDirEntry.newBuilder().setDirName("box/old"))
              .build());

  private static CgMemberEntry member(String name, String path) {
    return CgMemberEntry.newBuilder().setName(name).setPath(path).build();
  }

  private static GroupMapping mapping(Membership launcher, CgroupRoot... roots) {
    return new GroupMapping(CONTROLLERS, SET, List.of(roots), launcher);
  }

  private static CgroupRoot root(String hierarchy, String path) {
    return new CgroupRoot(Optional.of(hierarchy), path);
  }

  private static final Membership ELSEWHERE =
      new Membership(Map.of("", "/u", "name=systemd", "/s"));

  @Test
  void isWhereTheyWereWithoutARoot() {
    GroupMapping mapping = mapping(ELSEWHERE);
    assertThat(mapping.map("", "/old")).isEqualTo("/old");
    assertThat(mapping.map("cpu,cpuacct", "/box/old/init")).isEqualTo("/box/old/init");
  }

  @Test
  void isBelowTheRootOfTheirHierarchy() {
    GroupMapping mapping = mapping(ELSEWHERE, root("cpu,cpuacct", "/new"));
    assertThat(mapping.map("cpu,cpuacct", "/box/old/init")).isEqualTo("/new/init");
    assertThat(mapping.map("cpu,cpuacct", "/box/old")).isEqualTo("/new");
    assertThat(mapping.map("cpu,cpuacct", "/box/older")).isEqualTo("/box/older");
    assertThat(mapping.map("name=systemd", "/old")).isEqualTo("/old");
  }

  @Test
  void isBelowTheRootOfOneOfTheirControllers() {
    assertThat(mapping(ELSEWHERE, root("cpuacct", "/new")).map("cpu,cpuacct", "/box/old/init"))
        .isEqualTo("/new/init");
  }

  @Test
  void isBelowARootForAllOthers() {
    GroupMapping mapping =
        mapping(ELSEWHERE, new CgroupRoot(Optional.empty(), "/all"), root("name=systemd", "/sd"));
    assertThat(mapping.map("", "/old/x")).isEqualTo("/all/x");
    assertThat(mapping.map("name=systemd", "/old")).isEqualTo("/sd");
  }

  @Test
  void isTheRootItselfWhenThatIsTheMachines() {
    GroupMapping mapping = mapping(ELSEWHERE, root("name=systemd", "/"));
    assertThat(mapping.map("name=systemd", "/old/x")).isEqualTo("/x");
    assertThat(mapping.map("name=systemd", "/old")).isEqualTo("/");
  }

  @Test
  void isWhereTheLauncherIsWhenThatIsWhatTheRootsSay() {
    Membership launcher =
        new Membership(Map.of("", "/new", "cpu,cpuacct", "/box/new", "name=systemd", "/new"));
    GroupMapping mapping =
        mapping(launcher, root("cpu,cpuacct", "/box/new"), root("name=systemd", "/new"));
    assertThat(mapping.map("", "/old")).isEqualTo("/new");
  }
}
