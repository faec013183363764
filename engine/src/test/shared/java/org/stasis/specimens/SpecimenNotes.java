package org.stasis.specimens;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a specimen says of itself in the comments at its head, from which {@code docs/carried.md} is
 * made. Lines that are indented further belong to the one above.
 *
 * @param specimen its name, with the folder it is in
 * @param area the part of a process that it is about, as {@code Memory}
 * @param object what of it, as {@code mlock}
 * @param carries what is carried, as CRIU does too; empty when nothing is
 * @param beyondCriu what is carried and CRIU loses or refuses; empty when nothing is
 * @param refusals what a dump says of what it refuses
 * @param notIn boxes that it cannot run in, each with a reason
 */
public record SpecimenNotes(
    String specimen,
    String area,
    String object,
    String carries,
    String beyondCriu,
    List<Refusal> refusals,
    List<Excluded> notIn) {

  /**
   * The boxes that a specimen runs in: a plain process, namespaces of its own, a user namespace.
   */
  public static final List<String> BOXES = List.of("host", "own", "user");

  private static final List<String> KEYS =
      List.of(
          "row", "carries", "beyond CRIU", "refuses", "not on host", "not in own", "not in user");

  /**
   * An obstacle of a dump.
   *
   * @param reason what it says, as in {@code Obstacle}; an ellipsis stands for what varies
   * @param remedy the way out; empty when there is none
   */
  public record Refusal(String reason, String remedy) {}

  /**
   * A box that a specimen cannot run in.
   *
   * @param box one of {@link #BOXES}
   * @param reason why not
   */
  public record Excluded(String box, String reason) {}

  private record Line(String key, String value) {}

  /** Notes of every specimen there is, in any folder. */
  public static List<SpecimenNotes> all() throws IOException {
    List<SpecimenNotes> all = new ArrayList<>();
    for (String folder : folders()) {
      for (String name : Specimen.names(folder)) {
        all.add(read(name));
      }
    }
    return all;
  }

  private static Iterable<String> folders() throws IOException {
    TreeSet<String> folders = new TreeSet<>();
    folders.add("");
    try (var files = Files.list(TestPrograms.specimens())) {
      files
          .filter(Files::isDirectory)
          .forEach(folder -> folders.add(folder.getFileName().toString()));
    }
    return folders;
  }

  /**
   * Reads the notes of a specimen.
   *
   * @param name as of {@link Specimen#names(String)}
   * @throws IllegalArgumentException it says nothing of itself, or something that is not understood
   */
  public static SpecimenNotes read(String name) throws IOException {
    Path source = TestPrograms.specimens().resolve(name + ".c");
    String row = "";
    String carries = "";
    String beyond = "";
    List<Refusal> refusals = new ArrayList<>();
    List<Excluded> notIn = new ArrayList<>();
    for (Line line : lines(source)) {
      switch (line.key()) {
        case "row" -> row = once(source, row, line);
        case "carries" -> carries = once(source, carries, line);
        case "beyond CRIU" -> beyond = once(source, beyond, line);
        case "refuses" -> refusals.add(refusal(line.value()));
        default -> notIn.add(new Excluded(line.key().substring("not in ".length()), line.value()));
      }
    }
    int slash = row.indexOf(" / ");
    if (slash < 0) {
      throw new IllegalArgumentException(source + " has no line \"row: AREA / OBJECT\"");
    }
    if (carries.isEmpty() && beyond.isEmpty() && refusals.isEmpty()) {
      throw new IllegalArgumentException(source + " says nothing of what is carried or refused");
    }
    return new SpecimenNotes(
        name, row.substring(0, slash), row.substring(slash + 3), carries, beyond, refusals, notIn);
  }

  private static String once(Path source, String before, Line line) {
    if (!before.isEmpty()) {
      throw new IllegalArgumentException(source + " says \"" + line.key() + "\" twice");
    }
    return line.value();
  }

  private static Refusal refusal(String text) {
    int end = text.lastIndexOf("; ");
    return end < 0
        ? new Refusal(text, "")
        : new Refusal(text.substring(0, end), text.substring(end + 2));
  }

  /** Lines of the comments before the first line of code that have a key, put together. */
  private static List<Line> lines(Path source) throws IOException {
    List<Line> lines = new ArrayList<>();
    int indent = -1; // of the line that more may belong to; negative when there is none
    for (String raw : Files.readAllLines(source)) {
      if (!raw.startsWith("/*") && !raw.startsWith(" *")) {
        break;
      }
      String text = raw.substring(2).replace("*/", "").stripTrailing();
      int spaces = text.length() - text.stripLeading().length();
      String key = key(text.strip());
      if (key != null) {
        lines.add(new Line(key, text.strip().substring(key.length() + 1).strip()));
        indent = spaces;
      } else if (indent >= 0 && spaces > indent && !text.isBlank()) {
        Line last = lines.removeLast();
        lines.add(new Line(last.key(), last.value() + " " + text.strip()));
      } else {
        indent = -1;
      }
    }
    return lines;
  }

  private static @Nullable String key(String text) {
    for (String key : KEYS) {
      if (text.startsWith(key + ":")) {
        return key;
      }
    }
    return null;
  }
}
