package org.stasis.shim.criu;

import java.util.List;

/** The text of {@code --help}, made from the commands and options there are. */
final class Usage {
  private static final int HELP_COLUMN = 44;

  private Usage() {}

  static String text() {
    StringBuilder text = new StringBuilder("Usage:\n");
    text.append("  criu dump|pre-dump -t PID [OPTION...]\n");
    text.append("  criu restore [OPTION...] [--exec-cmd -- COMMAND...]\n");
    text.append("  criu check [--feature NAME]\n");
    text.append("  criu COMMAND [OPTION...]\n\nCommands:\n");
    for (CriuCommand command : CriuCommand.values()) {
      if (!command.help().isEmpty()) {
        line(text, "  " + command.word(), command.help());
      }
    }
    text.append("\nOptions (* may be taken back by --no-NAME):\n");
    for (CriuOption option : CriuOption.values()) {
      line(text, form(option), option.help());
    }
    return text.toString();
  }

  private static String form(CriuOption option) {
    StringBuilder form = new StringBuilder();
    form.append(option.negatable() ? "* " : "  ");
    form.append(option.letter() == '-' ? "    " : "-" + option.letter() + ", ");
    form.append("--").append(option.word());
    if (option.needsValue()) {
      form.append(' ').append(option.argument());
    } else if (option.takesValue()) {
      form.append("[=").append(option.argument()).append(']');
    }
    return form.toString();
  }

  private static void line(StringBuilder text, String form, String help) {
    text.append(form);
    text.append(form.length() < HELP_COLUMN - 1 ? " ".repeat(HELP_COLUMN - form.length()) : "  ");
    text.append(help).append('\n');
  }

  /** The program's name in messages. */
  static String program(List<String> arguments) {
    return arguments.isEmpty() ? "criu" : arguments.getFirst();
  }
}
