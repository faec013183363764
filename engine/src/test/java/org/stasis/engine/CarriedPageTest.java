package org.stasis.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.specimens.CarriedPage;
import org.stasis.specimens.SpecimenNotes;

@DisplayName("The page of what is carried")
class CarriedPageTest {
  private static final Path PAGE =
      Path.of(System.getProperty("stasis.home", "..")).resolve("docs/carried.md");
  private static final List<String> AREAS =
      List.of("Process", "Memory", "Files", "Terminals", "Sockets", "IPC", "Network");

  @Test
  @DisplayName("is what the specimens say")
  void isWhatTheSpecimensSay() throws IOException {
    String text = CarriedPage.text(AREAS, SpecimenNotes.all());
    if (System.getProperty("stasis.writeCarried") != null) {
      Files.writeString(PAGE, text);
    }
    assertThat(PAGE).as("made again with -Dstasis.writeCarried").hasContent(text);
  }

  @Test
  @DisplayName("names as refused only what a test sees refused")
  void namesAsRefusedWhatATestSeesRefused() throws IOException {
    for (SpecimenNotes notes : SpecimenNotes.all()) {
      assertThat(notes.refusals().isEmpty())
          .as(notes.specimen())
          .isNotEqualTo(notes.specimen().startsWith("refused/"));
    }
  }

  @Test
  @DisplayName("leaves out boxes that there are, with a reason")
  void leavesOutBoxesThatThereAre() throws IOException {
    for (SpecimenNotes notes : SpecimenNotes.all()) {
      for (SpecimenNotes.Excluded excluded : notes.notIn()) {
        assertThat(SpecimenNotes.BOXES).as(notes.specimen()).contains(excluded.box());
        assertThat(excluded.reason()).as(notes.specimen()).isNotEmpty();
      }
    }
  }
}
