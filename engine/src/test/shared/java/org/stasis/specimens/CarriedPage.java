package org.stasis.specimens;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The page {@code docs/carried.md}: what the specimens say is carried and refused. */
public final class CarriedPage {
  private static final String HEAD =
      """
      # What is carried

      Made from the notes in the specimens (`engine/src/test/specimens`), each of which sets up what its row tells, is
      dumped and restored, and checks itself afterwards; not to be edited. `mvn -pl engine -am test -Dtest=CarriedPageTest
      -Dstasis.writeCarried -Dsurefire.failIfNoSpecifiedTests=false` makes it again.

      *carried* is what CRIU 4.1.1 carries as well, *beyond CRIU* what it loses or refuses. *boxes* are those the specimen
      runs in: a plain process of the host, namespaces of its own, a user namespace. What a dump refuses, it refuses before
      anything is written, with all else that stands in its way, in these words and with this way out.
      """;

  private CarriedPage() {}

  /**
   * Makes the page.
   *
   * @param areas all areas, in the order of the page
   * @param notes of all specimens
   * @throws IllegalArgumentException a specimen is of an area that is not on the page
   */
  public static String text(List<String> areas, List<SpecimenNotes> notes) {
    StringBuilder text = new StringBuilder(HEAD);
    for (SpecimenNotes one : notes) {
      if (!areas.contains(one.area())) {
        throw new IllegalArgumentException(
            one.specimen() + " is of the area " + one.area() + ", which is none of " + areas);
      }
    }
    for (String area : areas) {
      List<SpecimenNotes> here =
          notes.stream()
              .filter(one -> one.area().equals(area))
              .sorted(
                  Comparator.comparing(SpecimenNotes::object)
                      .thenComparing(SpecimenNotes::specimen))
              .toList();
      if (!here.isEmpty()) {
        text.append("\n## ").append(area).append('\n');
        carried(text, here);
        refused(text, here);
      }
    }
    return text.toString();
  }

  private static void carried(StringBuilder text, List<SpecimenNotes> notes) {
    String head = "\n| object | carried | beyond CRIU | boxes |\n| --- | --- | --- | --- |\n";
    for (SpecimenNotes one : notes) {
      if (!one.carries().isEmpty() || !one.beyondCriu().isEmpty()) {
        text.append(head);
        head = "";
        row(text, object(one), one.carries(), one.beyondCriu(), boxes(one));
      }
    }
  }

  private static void refused(StringBuilder text, List<SpecimenNotes> notes) {
    String head = "\n| object | refused: what the dump says | way out |\n| --- | --- | --- |\n";
    for (SpecimenNotes one : notes) {
      for (SpecimenNotes.Refusal refusal : one.refusals()) {
        text.append(head);
        head = "";
        row(text, object(one), refusal.reason(), refusal.remedy());
      }
    }
  }

  private static String object(SpecimenNotes one) {
    return "[" + one.object() + "](../engine/src/test/specimens/" + one.specimen() + ".c)";
  }

  private static String boxes(SpecimenNotes one) {
    List<String> boxes = new ArrayList<>(SpecimenNotes.BOXES);
    StringBuilder reasons = new StringBuilder();
    for (SpecimenNotes.Excluded excluded : one.notIn()) {
      boxes.remove(excluded.box());
      reasons.append("; not ").append(excluded.box()).append(": ").append(excluded.reason());
    }
    return String.join(", ", boxes) + reasons;
  }

  private static void row(StringBuilder text, String... cells) {
    text.append('|');
    for (String cell : cells) {
      text.append(' ').append(cell.replace("|", "\\|")).append(cell.isEmpty() ? "|" : " |");
    }
    text.append('\n');
  }
}
