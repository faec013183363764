package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/images.md")
class ImagesPageTest {
  /** What the page should have; when it differs, the failure shows what to put there. */
  @Test
  void listsTheKinds() throws IOException {
    List<String> page = Files.readAllLines(Path.of("../docs/images.md"));
    List<String> rows = new ArrayList<>();
    for (ImageKind kind : ImageKind.values()) rows.add(row(kind));
    assertThat(page.subList(page.indexOf("## Kinds") + 7, page.size())).isEqualTo(rows);
  }

  private static String row(ImageKind kind) {
    String magic = kind.isRaw() ? "" : "0x%08x".formatted(kind.magic());
    String holds = kind.cardinality().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    if (kind.hasPayload()) holds += ", payload";
    StringBuilder row = new StringBuilder("|");
    String[] cells = {
      kind.name(), name(kind), magic, holds, messages(kind), kind.isLegacy() ? "old" : ""
    };
    for (String cell : cells) row.append(cell.isEmpty() ? "" : " ").append(cell).append(" |");
    return row.toString();
  }

  private static String name(ImageKind kind) {
    if (kind == ImageKind.STATS) return "stats-dump, stats-restore";
    return kind.hasId() ? kind.fileName(1).replaceFirst("-1\\b", "-*") : kind.fileName();
  }

  private static String messages(ImageKind kind) {
    if (!ArbitraryImage.hasEntries(kind)) return "";
    String first = kind.prototype(0).getDescriptorForType().getName();
    String next = kind.prototype(1).getDescriptorForType().getName();
    return first.equals(next) ? first : first + ", " + next;
  }
}
