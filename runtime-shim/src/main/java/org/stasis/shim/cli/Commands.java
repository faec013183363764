package org.stasis.shim.cli;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.stasis.images.json.JsonView;
import org.stasis.shim.Caller;
import org.stasis.shim.engine.EngineControl;
import org.stasis.shim.engine.EngineVersion;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The tree of commands. Built in code: reading annotations would take longer than most of the
 * commands do.
 */
final class Commands {
  private final Caller caller;
  private final EngineControl control;
  private final OutputStream bytes;
  private final PrintWriter out;

  Commands(Caller caller, EngineControl control, OutputStream bytes, PrintWriter out) {
    this.caller = caller;
    this.control = control;
    this.bytes = bytes;
    this.out = out;
  }

  CommandLine line() {
    CommandSpec top = command("stasis", "freezes running programs, and brings them back", null);
    top.version("stasis " + EngineVersion.text());
    top.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("print the version")
            .build());
    top.addSubcommand("dump", asOfCriu("dump", "write a process tree as images"));
    top.addSubcommand("pre-dump", asOfCriu("pre-dump", "write its memory while it runs on"));
    top.addSubcommand("restore", asOfCriu("restore", "make a process tree from images"));
    top.addSubcommand("check", asOfCriu("check", "look whether this machine can do it"));
    top.addSubcommand("show", show());
    top.addSubcommand("decode", decode());
    top.addSubcommand("encode", encode());
    top.addSubcommand("archive", archive());
    top.addSubcommand("engine", engine());
    top.addSubcommand("version", version());
    top.addSubcommand("help", help());
    return new CommandLine(top);
  }

  /** Only for help: these are read as criu reads them, before anything of this is made. */
  private CommandSpec asOfCriu(String name, String does) {
    CommandSpec spec = command(name, does, null);
    spec.usageMessage().footer("Its options are those of criu: see stasis " + name + " --help");
    return spec;
  }

  private CommandSpec show() {
    PositionalParamSpec image =
        PositionalParamSpec.builder()
            .index("0")
            .required(true)
            .type(String.class)
            .paramLabel("IMAGE")
            .description("image file")
            .build();
    OptionSpec bare = withoutPayloads();
    CommandSpec spec =
        command(
            "show",
            "print an image file as JSON for people",
            () -> images().decode(image.getValue(), null, form(true, bare.getValue())));
    return spec.addPositional(image).addOption(bare);
  }

  private CommandSpec decode() {
    OptionSpec image = file("-i", "--in", "image file [standard input]");
    OptionSpec json = file("-o", "--out", "JSON file [standard output]");
    OptionSpec pretty = flag("--pretty", "a value to a line, numbers as people read them");
    OptionSpec bare = withoutPayloads();
    CommandSpec spec =
        command(
            "decode",
            "write an image file as JSON",
            () ->
                images()
                    .decode(
                        image.getValue(),
                        json.getValue(),
                        form(pretty.getValue(), bare.getValue())));
    return spec.addOption(image).addOption(json).addOption(pretty).addOption(bare);
  }

  private CommandSpec encode() {
    OptionSpec json = file("-i", "--in", "JSON file [standard input]");
    OptionSpec image = file("-o", "--out", "image file [standard output]");
    CommandSpec spec =
        command(
            "encode",
            "write JSON as an image file",
            () -> images().encode(json.getValue(), image.getValue()));
    return spec.addOption(json).addOption(image);
  }

  private ImageCommand images() {
    return new ImageCommand(caller, bytes);
  }

  private static JsonView.Form form(boolean pretty, boolean withoutPayloads) {
    if (withoutPayloads) {
      return JsonView.Form.PRETTY_WITHOUT_PAYLOADS;
    }
    return pretty ? JsonView.Form.PRETTY : JsonView.Form.PLAIN;
  }

  private static OptionSpec withoutPayloads() {
    return flag("--nopl", "only the size of what follows an entry; cannot be encoded again");
  }

  private static OptionSpec file(String shortName, String longName, String description) {
    return OptionSpec.builder(shortName, longName)
        .arity("1")
        .type(String.class)
        .paramLabel("FILE")
        .description(description)
        .build();
  }

  /** An option without a value. */
  static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name)
        .arity("0")
        .type(boolean.class)
        .initialValue(false)
        .description(description)
        .build();
  }

  private CommandSpec engine() {
    EngineCommand command = new EngineCommand(caller, control, out);
    CommandSpec spec = command("engine", "look at the resident engine, or end it", null);
    spec.addSubcommand(
        "status", command("status", "show the resident engine and its sessions", command::status));
    spec.addSubcommand(
        "stop", command("stop", "end it as soon as its sessions have ended", command::stop));
    PositionalParamSpec lines =
        PositionalParamSpec.builder()
            .index("0")
            .arity("0..1")
            .type(int.class)
            .paramLabel("LINES")
            .description("how many, from the end; all without it")
            .build();
    CommandSpec log =
        command("log", "show what resident engines noted", () -> command.log(lines.getValue()));
    log.addPositional(lines);
    spec.addSubcommand("log", log);
    return spec;
  }

  private CommandSpec archive() {
    ArchiveCommand command = new ArchiveCommand(caller, out);
    CommandSpec spec = command("archive", "make and unpack archives of containers", null);
    spec.addSubcommand("create", command.create(this::command));
    spec.addSubcommand("unpack", command.unpack(this::command));
    return spec;
  }

  private CommandSpec version() {
    return command(
        "version",
        "print versions",
        () -> {
          out.println("stasis " + EngineVersion.text());
          out.println("java " + Runtime.version());
          out.println("linux " + System.getProperty("os.version"));
          return StasisDoor.SUCCESS;
        });
  }

  private CommandSpec help() {
    PositionalParamSpec about =
        PositionalParamSpec.builder()
            .index("0..*")
            .arity("0..*")
            .type(String[].class)
            .paramLabel("COMMAND")
            .description("what about")
            .build();
    CommandSpec[] spec = new CommandSpec[1];
    spec[0] =
        command(
            "help",
            "explain a command",
            () -> {
              String[] words = about.getValue();
              CommandLine line = spec[0].root().commandLine();
              for (String word : words == null ? new String[0] : words) {
                CommandLine next = line.getSubcommands().get(word);
                if (next == null) {
                  throw new CommandLine.ParameterException(line, "no such command: " + word);
                }
                line = next;
              }
              line.usage(out);
              return StasisDoor.SUCCESS;
            });
    spec[0].addPositional(about);
    return spec[0];
  }

  /** A command; without an action of its own it explains itself. */
  private CommandSpec command(String name, String does, @Nullable Callable<Integer> action) {
    CommandSpec[] spec = new CommandSpec[1];
    Callable<Integer> explain =
        () -> {
          spec[0].commandLine().usage(out);
          return StasisDoor.SUCCESS;
        };
    spec[0] = CommandSpec.wrapWithoutInspection(action == null ? explain : action);
    spec[0].name(name);
    spec[0].usageMessage().description(does);
    spec[0].addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .description("explain this command")
            .build());
    return spec[0];
  }
}
