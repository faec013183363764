package org.stasis.specimens;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a specimen runs in: {@code box.c} makes it. */
public enum Box {
  /** The machine, as a plain process of it. */
  HOST,
  /** Pid, mount, IPC, UTS, network and cgroup namespaces of its own. */
  OWN,
  /** The same, owned by a user namespace of its own, whose ids are others outside. */
  USER;

  /** Devices that are bound from outside, as nobody may make them inside. */
  private static final List<String> DEVICES =
      List.of("null", "zero", "full", "random", "urandom", "tty");

  /** The word by which {@code box.c} and {@link SpecimenNotes} call it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a specimen can run in it, as far as its {@link SpecimenNotes} say. */
  private boolean takes(String specimen) throws IOException {
    return SpecimenNotes.read(specimen).notIn().stream()
        .noneMatch(excluded -> excluded.box().equals(word()));
  }

  /** Specimens that can run in it. */
  public List<String> specimens() throws IOException {
    List<String> names = new ArrayList<>();
    for (String name : Specimen.names()) {
      if (takes(name)) {
        names.add(name);
      }
    }
    return names;
  }

  /**
   * Options that a dump needs.
   *
   * @param folder the specimen's
   */
  public List<String> dumpOptions(Path folder) {
    List<String> options = new ArrayList<>();
    if (this != HOST) {
      external(options, folder.toString(), "folder");
    }
    if (this == USER) {
      for (String device : DEVICES) {
        external(options, "/dev/" + device, device);
      }
    }
    return options;
  }

  /**
   * Options that a restore needs.
   *
   * @param folder the specimen's
   * @param root what the box's root directory shows
   */
  List<String> restoreOptions(Path folder, Path root) {
    List<String> options = new ArrayList<>();
    if (this != HOST) {
      options.addAll(List.of("--root", root.toString()));
      external(options, "folder", folder.toString());
    }
    if (this == USER) {
      for (String device : DEVICES) {
        external(options, device, "/dev/" + device);
      }
    }
    return options;
  }

  private static void external(List<String> options, String key, String value) {
    options.addAll(List.of("--external", "mnt[" + key + "]:" + value));
  }
}
