package org.stasis.shim.runc;

import java.util.List;

/** The help texts, in the layout of runc's. */
final class Help {
  private Help() {}

  /** What the program is and can. */
  static String general(String program) {
    return "NAME:\n   "
        + program
        + " - an OCI runtime that checkpoints and restores by itself\n\n"
        + "USAGE:\n   "
        + program
        + " [global options] command [command options] <container-id>\n\n"
        + "COMMANDS:\n"
        + "   checkpoint  "
        + RuntimeCommand.CHECKPOINT.purpose()
        + "\n   restore     "
        + RuntimeCommand.RESTORE.purpose()
        + "\n   any other   is done by the real runtime\n\n"
        + "GLOBAL OPTIONS:\n"
        + options(GlobalArguments.FLAGS);
  }

  /** What a command is and takes. */
  static String of(String program, RuntimeCommand command) {
    return "NAME:\n   "
        + program
        + " "
        + command.word()
        + " - "
        + command.purpose()
        + "\n\nUSAGE:\n   "
        + program
        + " "
        + command.word()
        + " [command options] <container-id>\n\nOPTIONS:\n"
        + options(command.flags());
  }

  private static String options(List<GoFlag> flags) {
    int width = 0;
    for (GoFlag flag : flags) {
      width = Math.max(width, spelled(flag).length());
    }
    StringBuilder text = new StringBuilder();
    for (GoFlag flag : flags) {
      String spelled = spelled(flag);
      text.append("   ").append(spelled).append(" ".repeat(width + 2 - spelled.length()));
      text.append(flag.help()).append('\n');
    }
    return text.toString();
  }

  private static String spelled(GoFlag flag) {
    StringBuilder text = new StringBuilder();
    for (String name : flag.names()) {
      text.append(text.isEmpty() ? "" : ", ").append(name.length() > 1 ? "--" : "-").append(name);
      text.append(flag.argument().isEmpty() ? "" : " " + flag.argument());
    }
    return text.toString();
  }
}
