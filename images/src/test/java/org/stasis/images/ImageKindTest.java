package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The kinds of images")
class ImageKindTest {
  @ParameterizedTest
  @CsvSource({
    "INVENTORY, 0, inventory.img",
    "CORE, 4294967295, core-4294967295.img",
    "PAGEMAP, 12, pagemap-12.img",
    "SHMEM_PAGEMAP, 18446744073709551615, pagemap-shmem-18446744073709551615.img",
    "GHOST_FILE, 26, ghost-file-1a.img",
    "TCP_STREAM, 43981, tcp-stream-abcd.img",
    "TMPFS_DEV, 37, tmpfs-dev-37.tar.gz.img",
    "TMPFS_IMG, 37, tmpfs-37.tar.gz.img",
    "NETNF_CT, 9, netns-ct-9.img",
    "NETNS, 9, netns-9.img",
    "PAGES, 1, pages-1.img",
    "IRMAP_CACHE, 0, irmap-cache",
    "BINFMT_MISC, 0, binfmt-misc.img",
    "BINFMT_MISC_OLD, 3, binfmt-misc-3.img",
    "SHM_PAGES_OLD, 5, pages-shmem-5.img",
    "PSIGNAL, 5, signal-p-5.img",
  })
  void areToldByFileName(ImageKind kind, String id, String name) {
    assertThat(kind.hasId() ? kind.fileName(Long.parseUnsignedLong(id)) : kind.fileName())
        .isEqualTo(name);
    assertThat(ImageKind.ofFileName(name)).isEqualTo(kind);
    assertThat(kind.idOf(name)).isEqualTo(Long.parseUnsignedLong(id));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "core.img",
        "core-.img",
        "core-1",
        "core-01.img",
        "core--1.img",
        "core-4294967296.img",
        "core-1a.img",
        "ghost-file-1A.img",
        "ghost-file-100000000.img",
        "pagemap-x.img",
        "pagemap-18446744073709551616.img",
        "stats-check",
        "inventory.img.old",
        "dump.log",
        "pagemap-\u0661.img",
      })
  void areNotToldByAnyOtherName(String name) {
    assertThat(ImageKind.ofFileName(name)).isNull();
  }

  @Test
  void nameStatsByTheRun() {
    assertThat(ImageKind.STATS.fileName("dump")).isEqualTo("stats-dump");
    assertThat(ImageKind.ofFileName("stats-restore")).isEqualTo(ImageKind.STATS);
  }

  @Test
  void takeIdsOnlyAsLargeAsTheirNamesDo() {
    assertThatThrownBy(() -> ImageKind.CORE.fileName(1L << 32))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ImageKind.CORE.fileName())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ImageKind.FILES.fileName(1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /**
   * All that share a magic number hold the same messages: the number alone is enough to read them.
   */
  @Test
  void shareMagicNumbersOnlyWithTheirLike() {
    Map<Integer, Set<Class<?>>> messages = new HashMap<>();
    for (ImageKind kind : ImageKind.values()) {
      if (!ArbitraryImage.hasEntries(kind)) continue;
      assertThat(kind.magic()).isNotZero();
      messages.computeIfAbsent(kind.magic(), _ -> new HashSet<>()).add(kind.prototype().getClass());
    }
    assertThat(messages).allSatisfy((_, types) -> assertThat(types).hasSize(1));
    assertThat(ImageKind.ofMagic(0)).isNull();
    assertThat(ImageKind.ofMagic(ImageKind.COMMON_MAGIC)).isNull();
    assertThat(ImageKind.ofMagic(ImageKind.SERVICE_MAGIC)).isNull();
  }

  @Test
  void refuseFilesFromBeforeTheFirstVersion() {
    byte[] bytes = ImageHeader.bytes(ImageKind.PAGES_OLD, ImageVersion.V1);
    var channel = java.nio.channels.Channels.newChannel(new java.io.ByteArrayInputStream(bytes));
    assertThatThrownBy(
            () -> ImageReader.of(channel, "pages-shmem-1.img", ImageKind.SHM_PAGES_OLD, null))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("from before v1");
  }
}
