package org.stasis.engine.bpf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.BpfmapDataEntry;
import org.stasis.images.proto.BpfmapFileEntry;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;
import org.stasis.linux.bpf.BpfMap;
import org.stasis.linux.bpf.BpfMapInfo;
import org.stasis.linux.bpf.BpfMapType;

/**
 * BPF maps whose content is bytes. Others refer to objects of the kernel that are not carried, or
 * cannot be read without being emptied.
 */
public final class BpfMaps implements FileKind {
  private static final Logger LOG = LoggerFactory.getLogger(BpfMaps.class);
  private static final int LARGEST_BYTES = 1 << 30;

  private final Map<Integer, Found> found = new LinkedHashMap<>();
  private final List<MadeMap> made = new ArrayList<>();
  private @Nullable Map<Integer, BpfMap.Content> read;

  /** A map of the tree; the descriptor is the engine's, opened by id. */
  private record Found(OpenFile file, BpfMapInfo info, BpfMapType type) {}

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.BPFMAP);
  }

  @Override
  public boolean claims(OpenFile file) {
    return file.link().equals("anon_inode:bpf-map");
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    BpfMapInfo info;
    try {
      info = BpfMap.info(file.duplicate());
    } catch (SyscallException e) {
      throw new StasisException(file.task().describe(), "asking about " + file.describe(), "", e);
    }
    BpfMapType type = BpfMapType.of(info.type());
    if (type == null || !type.holdsBytes()) {
      String kind = type == null ? "type " + info.type() : type.toString();
      to.obstacle(
          "a BPF map of kind " + kind + ", whose content the kernel does not let be read or set",
          "close it before the dump");
      return;
    }
    if (info.ifindex() != 0) {
      to.obstacle("a BPF map that a network device holds", "close it before the dump");
      return;
    }
    if (found.putIfAbsent(info.id(), new Found(file, info, type)) == null && info.btfId() != 0) {
      LOG.warn("{}: the type information of {} is not kept", file.describe(), info.name());
    }
    to.entry(
        FileEntry.newBuilder()
            .setType(FdTypes.BPFMAP)
            .setId(file.id())
            .setBpf(
                BpfmapFileEntry.newBuilder()
                    .setId(file.id())
                    .setFlags(file.flags())
                    .setPos(file.info().pos())
                    .setFown(file.owner())
                    .setMapType(info.type())
                    .setKeySize(info.keySize())
                    .setValueSize(info.valueSize())
                    .setMapId(info.id())
                    .setMaxEntries(info.maxEntries())
                    .setMapFlags(info.flags())
                    .setMemlock(number(file, "memlock"))
                    .setFrozen(number(file, "frozen") != 0)
                    .setMapName(info.name())
                    .setIfindex(0)
                    .setMapExtra(info.extra())));
  }

  private static long number(OpenFile file, String key) {
    String value = file.info().value(key);
    return value == null ? 0 : Long.parseUnsignedLong(value);
  }

  @Override
  public void captured(CaptureContext to) {
    if (!found.isEmpty()) {
      to.whenWriting(this::write);
    }
  }

  private void write(ImageSetWriter images) throws StasisException, IOException {
    try (ImageWriter writer = images.open(ImageKind.BPFMAP_DATA)) {
      for (Found map : found.values()) {
        BpfMapInfo info = map.info();
        BpfMap.Content content;
        try (Fd own = BpfMap.byId(info.id(), BpfMap.BPF_F_RDONLY)) { // theirs may be for writing
          content =
              BpfMap.read(own, info.keySize(), MapContent.valueBytes(map.type(), info.valueSize()));
        } catch (SyscallException e) {
          throw new StasisException(
              map.file().task().describe(), "reading " + map.file().describe(), "", e);
        }
        writer.write(MapContent.entry(info.id(), content));
        writer.writePayload(content.keys());
        writer.writePayload(content.values());
      }
    }
  }

  @Override
  public List<String> clusters(FileEntry entry) {
    return List.of("BPF map " + Integer.toUnsignedString(entry.getBpf().getMapId()));
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    BpfmapFileEntry first = cluster.iterator().next().getBpf();
    MadeMap map = new MadeMap(first, content(first, planner));
    made.add(map);
    Program program = planner.program();
    for (FileEntry entry : cluster) {
      BpfmapFileEntry file = entry.getBpf();
      program.why("opening " + Descriptions.name(planner, file.getId(), "a BPF map"));
      Argument provided = planner.provide(() -> map.open(file.getFlags()));
      Argument fd =
          program.call(
              SyscallNumber.FCNTL, provided, Argument.of(Fcntl.F_DUPFD_CLOEXEC), Argument.ZERO);
      Descriptions.setFlags(program, fd, file.getFlags(), 0);
      planner.opened(file.getId(), fd);
      Owner.plan(planner, file.getId(), file.getFown(), file.getFlags());
    }
  }

  private BpfMap.Content content(BpfmapFileEntry map, FilePlanner planner) throws StasisException {
    if (read == null) {
      read = read(planner);
    }
    BpfMapType type = BpfMapType.of(map.getMapType());
    BpfMap.Content content = read.get(map.getMapId());
    String problem;
    try {
      if (type == null || !type.holdsBytes()) {
        problem = "maps of type " + Integer.toUnsignedString(map.getMapType()) + " are not carried";
      } else if (content == null) {
        return new BpfMap.Content(0, new byte[0], new byte[0]);
      } else {
        problem = MapContent.problem(map, type, content);
      }
    } catch (SyscallException e) {
      throw new StasisException("", "restoring a BPF map", "", e);
    }
    if (problem.isEmpty()) {
      return content;
    }
    throw new StasisException(
        planner.describe(planner.task()),
        "restoring BPF map " + Integer.toUnsignedString(map.getMapId()),
        problem,
        0,
        "",
        null);
  }

  private static Map<Integer, BpfMap.Content> read(FilePlanner planner) throws StasisException {
    Map<Integer, BpfMap.Content> all = new HashMap<>();
    try (ImageReader reader = planner.images().open(ImageKind.BPFMAP_DATA)) {
      if (reader == null) {
        return all;
      }
      for (BpfmapDataEntry entry = reader.next(BpfmapDataEntry.parser());
          entry != null;
          entry = reader.next(BpfmapDataEntry.parser())) {
        byte[] bytes = reader.payloadBytes(LARGEST_BYTES);
        byte[] keys = Arrays.copyOf(bytes, entry.getKeysBytes());
        byte[] values = Arrays.copyOfRange(bytes, entry.getKeysBytes(), bytes.length);
        all.put(entry.getMapId(), new BpfMap.Content(entry.getCount(), keys, values));
      }
      return all;
    } catch (IOException e) {
      throw new StasisException("", "reading BPF maps", e.getMessage(), 0, "", e);
    }
  }

  @Override
  public void beforeResuming(RebuiltTree tree) throws StasisException {
    undo(); // the tasks have their own descriptors by now
  }

  @Override
  public void undo() throws StasisException {
    for (MadeMap map : made) {
      try {
        map.close();
      } catch (SyscallException e) {
        throw new StasisException("", "closing a BPF map", "", e);
      }
    }
    made.clear();
  }
}
