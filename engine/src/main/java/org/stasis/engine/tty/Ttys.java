package org.stasis.engine.tty;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Owner;
import org.stasis.engine.regular.CharacterDevices;
import org.stasis.engine.regular.RegularFiles;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.TtyDataEntry;
import org.stasis.images.proto.TtyFileEntry;
import org.stasis.images.proto.TtyInfoEntry;
import org.stasis.images.proto.TtyType;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;

/**
 * Terminals. The image of a file says which end of which terminal it is; what is known of the end
 * is in an image of its own. All pseudo-terminals are made together, since a number is had by
 * taking all lower ones first.
 */
public final class Ttys implements FileKind {
  private final TtyCapture capture = new TtyCapture();
  private final Map<Integer, TtyInfoEntry> infos = new HashMap<>();
  private final Map<Integer, byte[]> queues = new HashMap<>();
  private final ControllingTerminals controlling = new ControllingTerminals();

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.TTY);
  }

  @Override
  public boolean claims(OpenFile file) {
    return !capture.isNaming()
        && file.stat().type() == Stat.S_IFCHR
        && (file.flags() & Open.O_PATH) == 0
        && CharacterDevices.isTerminal(file.stat().represents());
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    capture.capture(file, to);
  }

  @Override
  public void captured(CaptureContext to) throws StasisException {
    capture.captured(to);
  }

  @Override
  public void begin(RebuildContext context) throws StasisException {
    try {
      for (TtyInfoEntry info : context.images().all(ImageKind.TTY_INFO, TtyInfoEntry.parser())) {
        infos.put(info.getId(), info);
      }
      for (TtyDataEntry data : context.images().all(ImageKind.TTY_DATA, TtyDataEntry.parser())) {
        queues.put(data.getTtyId(), data.getData().toByteArray());
      }
    } catch (IOException e) {
      throw new StasisException("", "reading terminals", e.getMessage(), 0, "", e);
    }
  }

  private TtyInfoEntry info(FileEntry entry) throws StasisException {
    TtyInfoEntry info = infos.get(entry.getTty().getTtyInfoId());
    if (info == null) {
      throw new StasisException(
          "",
          "restoring file " + entry.getId(),
          "tty-info.img has no terminal " + entry.getTty().getTtyInfoId(),
          0,
          "The images are damaged.",
          null);
    }
    return info;
  }

  @Override
  public List<String> clusters(FileEntry entry) {
    TtyInfoEntry info = infos.get(entry.getTty().getTtyInfoId());
    return info != null && info.getType() == TtyType.PTY ? List.of("ptys") : List.of();
  }

  @Override
  public List<Integer> openFor(FileEntry entry) {
    TtyInfoEntry info = infos.get(entry.getTty().getTtyInfoId());
    boolean slave =
        info != null
            && info.getType() == TtyType.PTY
            && !TtyNumbers.isMaster(info.getId())
            && info.getSid() != 0;
    return slave ? List.of(info.getSid()) : List.of();
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    List<PtyPlan.End> ends = new ArrayList<>();
    for (FileEntry entry : cluster) {
      TtyInfoEntry info = info(entry);
      switch (info.getType()) {
        case PTY -> ends.add(new PtyPlan.End(entry.getTty(), info, name(entry.getTty(), planner)));
        case EXT_TTY -> planExternal(entry.getTty(), info, planner);
        case CTTY -> controlling.planOwn(entry.getTty(), info, planner);
        case CONSOLE, VT, SERIAL -> planDevice(entry.getTty(), planner);
        case UNKNOWN -> throw unknown(entry, planner);
      }
    }
    if (!ends.isEmpty()) {
      new PtyPlan(queues, controlling, planner).plan(ends);
    }
  }

  private static StasisException unknown(FileEntry entry, FilePlanner planner) {
    return new StasisException(
        planner.describe(planner.task()),
        "restoring file " + entry.getId(),
        "a terminal of unknown type",
        0,
        "The images are damaged.",
        null);
  }

  private static RegFileEntry name(TtyFileEntry tty, FilePlanner planner) throws StasisException {
    FileEntry entry = planner.file(tty.getRegfId()).orElse(null);
    if (!tty.hasRegfId() || entry == null || !entry.hasReg()) {
      throw new StasisException(
          planner.describe(planner.task()),
          "restoring file " + tty.getId(),
          "the images have no name for this terminal",
          0,
          "The images are damaged.",
          null);
    }
    return entry.getReg();
  }

  private static void planExternal(TtyFileEntry tty, TtyInfoEntry info, FilePlanner planner)
      throws StasisException {
    String key =
        "tty["
            + Integer.toHexString(info.getRdev())
            + ":"
            + Integer.toHexString(info.getDev())
            + "]";
    int inherited =
        planner
            .inherited(key)
            .orElseThrow(
                () ->
                    new StasisException(
                        planner.describe(planner.task()),
                        "restoring file " + tty.getId(),
                        "the terminal is left to the caller to provide",
                        0,
                        "Use --inherit-fd fd[N]:" + key + ".",
                        null));
    planner.program().why("taking over " + key);
    planner.opened(tty.getId(), planner.program().call(SyscallNumber.DUP, Argument.of(inherited)));
  }

  /** Its settings are those of the machine, not of the tree. */
  private static void planDevice(TtyFileEntry tty, FilePlanner planner) throws StasisException {
    RegularFiles files = planner.kind(RegularFiles.class).orElseThrow();
    int flags = Owner.withoutAsync(tty.getFlags()) | Open.O_NOCTTY;
    planner.opened(tty.getId(), files.open(name(tty, planner), flags, planner));
    Owner.plan(planner, tty.getId(), tty.getFown(), tty.getFlags());
  }

  @Override
  public void planInPlace(RebuildContext planner) {
    controlling.planInPlace(planner);
  }
}
