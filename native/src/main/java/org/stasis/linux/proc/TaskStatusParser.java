package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;

/** Collects the lines of {@code /proc/PID/status}, of which every kernel has others. */
final class TaskStatusParser {
  private static final TaskStatus.Ids NO_IDS = new TaskStatus.Ids(-1, -1, -1, -1);

  private String name = "";
  private int umask = -1;
  private char state;
  private int tgid;
  private int pid;
  private int ppid;
  private int tracerPid;
  private TaskStatus.Ids uids = NO_IDS;
  private TaskStatus.Ids gids = NO_IDS;
  private List<Integer> groups = List.of();
  private List<Integer> nsTgid = List.of();
  private List<Integer> nsPid = List.of();
  private List<Integer> nsPgid = List.of();
  private List<Integer> nsSid = List.of();
  private int threads;
  private long queued;
  private long queueLimit;
  private long pending;
  private long sharedPending;
  private long blocked;
  private long ignored;
  private long caught;
  private long inheritable;
  private long permitted;
  private long effective;
  private long bounding;
  private long ambient;
  private boolean noNewPrivs;
  private int seccomp;
  private int seccompFilters;
  private long vmLockedKb;
  private long vmHugetlbKb;
  private boolean coreDumping;
  private boolean thpDisabled;
  private long untagMask;
  private List<String> x86Features = List.of();
  private List<String> x86FeaturesLocked = List.of();

  TaskStatus parse(ProcText text) {
    while (!text.atEnd()) {
      String key = text.until(':');
      if (key.equals("Name")) {
        name = unescape(text.expect('\t').line());
      } else {
        line(key, text);
        text.nextLine();
      }
    }
    if (tgid == 0 || state == 0) {
      throw text.unexpected("a line Tgid and a line State");
    }
    return new TaskStatus(
        name,
        umask,
        state,
        tgid,
        pid,
        ppid,
        tracerPid,
        uids,
        gids,
        groups,
        nsTgid,
        nsPid,
        nsPgid,
        nsSid,
        threads,
        new TaskStatus.Signals(
            queued, queueLimit, pending, sharedPending, blocked, ignored, caught),
        new TaskStatus.Capabilities(inheritable, permitted, effective, bounding, ambient),
        noNewPrivs,
        seccomp,
        seccompFilters,
        vmLockedKb,
        vmHugetlbKb,
        coreDumping,
        thpDisabled,
        untagMask,
        x86Features,
        x86FeaturesLocked);
  }

  private void line(String key, ProcText text) {
    switch (key) {
      case "Umask" -> umask = (int) text.octal();
      case "State" -> state = text.word().charAt(0);
      case "Tgid" -> tgid = text.integer();
      case "Pid" -> pid = text.integer();
      case "PPid" -> ppid = text.integer();
      case "TracerPid" -> tracerPid = text.integer();
      case "Uid" -> uids = ids(text);
      case "Gid" -> gids = ids(text);
      case "Groups" -> groups = numbers(text);
      case "NStgid" -> nsTgid = numbers(text);
      case "NSpid" -> nsPid = numbers(text);
      case "NSpgid" -> nsPgid = numbers(text);
      case "NSsid" -> nsSid = numbers(text);
      case "Threads" -> threads = text.integer();
      case "NoNewPrivs" -> noNewPrivs = text.number() != 0;
      case "Seccomp" -> seccomp = text.integer();
      case "Seccomp_filters" -> seccompFilters = text.integer();
      case "VmLck" -> vmLockedKb = text.number();
      case "HugetlbPages" -> vmHugetlbKb = text.number();
      case "CoreDumping" -> coreDumping = text.number() != 0;
      case "THP_enabled" -> thpDisabled = text.number() == 0;
      case "untag_mask" -> untagMask = text.spaces().expect("0x").hex();
      case "x86_Thread_features" -> x86Features = words(text);
      case "x86_Thread_features_locked" -> x86FeaturesLocked = words(text);
      default -> signalsAndCapabilities(key, text);
    }
  }

  private void signalsAndCapabilities(String key, ProcText text) {
    switch (key) {
      case "SigQ" -> {
        queued = text.number();
        queueLimit = text.expect('/').number();
      }
      case "SigPnd" -> pending = text.hex();
      case "ShdPnd" -> sharedPending = text.hex();
      case "SigBlk" -> blocked = text.hex();
      case "SigIgn" -> ignored = text.hex();
      case "SigCgt" -> caught = text.hex();
      case "CapInh" -> inheritable = text.hex();
      case "CapPrm" -> permitted = text.hex();
      case "CapEff" -> effective = text.hex();
      case "CapBnd" -> bounding = text.hex();
      case "CapAmb" -> ambient = text.hex();
      default -> {} // sizes and statistics that nobody asks for
    }
  }

  private static TaskStatus.Ids ids(ProcText text) {
    return new TaskStatus.Ids(text.integer(), text.integer(), text.integer(), text.integer());
  }

  private static List<Integer> numbers(ProcText text) {
    List<Integer> numbers = new ArrayList<>(2);
    while (!text.spaces().atLineEnd()) {
      numbers.add(text.integer());
    }
    return numbers;
  }

  private static List<String> words(ProcText text) {
    List<String> words = new ArrayList<>(0);
    while (!text.spaces().atLineEnd()) {
      words.add(text.word());
    }
    return words;
  }

  /** A line end and a backslash are the only things escaped here. */
  private static String unescape(String name) {
    if (name.indexOf('\\') < 0) {
      return name;
    }
    StringBuilder plain = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '\\' && i + 1 < name.length()) {
        char escaped = name.charAt(++i);
        plain.append(escaped == 'n' ? '\n' : escaped);
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
