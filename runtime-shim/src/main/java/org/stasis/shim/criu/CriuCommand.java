package org.stasis.shim.criu;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The commands of the criu command line. */
enum CriuCommand {
  DUMP("dump", "write a process tree as images"),
  PRE_DUMP("pre-dump", "write the memory of a process tree that runs on"),
  RESTORE("restore", "make a process tree from images"),
  CHECK("check", "look whether this machine can do it"),
  SERVICE("service", "serve requests on a Unix socket"),
  SWRK("swrk", "serve requests on an open descriptor: swrk FD"),
  PAGE_SERVER("page-server", "take the pages of a dump made elsewhere"),
  LAZY_PAGES("lazy-pages", "supply the memory of a restored tree when it is needed"),
  DEDUP("dedup", "punch pages out of images that later images repeat"),
  CPUINFO("cpuinfo", "cpuinfo dump|check: compare processors"),
  EXEC("exec", ""),
  SHOW("show", "");

  private final String word;
  private final String help;

  CriuCommand(String word, String help) {
    this.word = word;
    this.help = help;
  }

  String word() {
    return word;
  }

  /** What it does; empty for what is gone. */
  String help() {
    return help;
  }

  static Optional<CriuCommand> named(@Nullable String word) {
    for (CriuCommand command : values()) {
      if (command.word.equals(word)) {
        return Optional.of(command);
      }
    }
    return Optional.empty();
  }
}
