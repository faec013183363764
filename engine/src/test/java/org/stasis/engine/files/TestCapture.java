package org.stasis.engine.files;

import com.google.protobuf.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.linux.Fd;

/** Stands for the core when kinds capture open files of the test itself. */
public final class TestCapture implements CaptureContext {
  private final Path directory;
  private final List<FileKind> kinds;
  private final DumpOptions.Builder options;
  private final Map<Integer, FileEntry> entries = new LinkedHashMap<>();
  private final Map<ImageKind, List<Message>> images = new LinkedHashMap<>();
  private final List<String> obstacles = new ArrayList<>();
  private final List<WriteAction> writers = new ArrayList<>();
  private final Map<Integer, Integer> ids = new HashMap<>();

  /**
   * Captures with some kinds, asked in this order.
   *
   * @param directory for the images
   */
  public TestCapture(Path directory, FileKind... kinds) {
    this.directory = directory;
    this.kinds = List.of(kinds);
    this.options = DumpOptions.builder(directory, OwnFile.self().pid());
  }

  /** What the user asked for. */
  public DumpOptions.Builder optionsBuilder() {
    return options;
  }

  /** Captures a descriptor; ids count from 1. */
  public TestCapture file(Fd fd) throws StasisException, IOException {
    return file(new OwnFile(ids.size() + 1, fd));
  }

  private TestCapture file(OpenFile file) throws StasisException {
    ids.put(file.number(), file.id());
    for (FileKind kind : kinds) {
      if (kind.claims(file)) {
        kind.capture(file, new Taking(file));
        return this;
      }
    }
    throw new AssertionError("nobody claims " + file.describe());
  }

  /** Ends the survey and writes the images. */
  public TestCapture write() throws StasisException, IOException {
    for (FileKind kind : kinds) {
      kind.captured(this);
    }
    try (ImageSetWriter set = ImageSetWriter.create(directory)) {
      set.write(
          ImageKind.INVENTORY,
          InventoryEntry.newBuilder().setImgVersion(2).setFdinfoPerId(true).build());
      for (Map.Entry<ImageKind, List<Message>> image : images.entrySet()) {
        set.writeAll(image.getKey(), image.getValue());
      }
      for (WriteAction writer : writers) {
        writer.write(set);
      }
      set.commit();
    }
    return this;
  }

  /** The entry of a file. */
  public FileEntry entry(int id) {
    FileEntry entry = entries.get(id);
    if (entry == null) {
      throw new AssertionError("file " + id + " has no entry; obstacles: " + obstacles);
    }
    return entry;
  }

  /** What cannot be carried. */
  public List<String> obstacles() {
    return obstacles;
  }

  /** Entries of other images. */
  public List<Message> entries(ImageKind kind) {
    return images.getOrDefault(kind, List.of());
  }

  @Override
  public DumpOptions options() {
    return options.build();
  }

  @Override
  public void obstacle(Obstacle obstacle) {
    obstacles.add(obstacle.toString());
  }

  @Override
  public List<? extends TaskView> tasks() {
    return List.of(OwnFile.self());
  }

  @Override
  public void entry(ImageKind kind, Message entry) {
    images.computeIfAbsent(kind, _ -> new ArrayList<>()).add(entry);
  }

  @Override
  public void whenWriting(WriteAction action) {
    writers.add(action);
  }

  @Override
  public int fileId(TaskView task, String procPath, int flags) throws StasisException {
    String prefix = "fd/";
    if (!procPath.startsWith(prefix)) {
      throw new UnsupportedOperationException(procPath);
    }
    int id = 1000 + ids.size();
    try {
      Fd fd = Fd.of(Integer.parseInt(procPath.substring(prefix.length())));
      OpenFile named = new OwnFile(id, fd);
      fd.release();
      for (FileKind kind : kinds) {
        if (kind.claims(named)) {
          kind.capture(named, new Taking(named));
          return id;
        }
      }
      throw new AssertionError("nobody claims " + named.describe());
    } catch (IOException e) {
      throw new StasisException("", procPath, "", 0, "", e);
    }
  }

  @Override
  public int fileId(TaskView task, Fd file) {
    throw new UnsupportedOperationException("no queues here");
  }

  @Override
  public OptionalInt fileId(TaskView task, int fd) {
    Integer id = ids.get(fd);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public OptionalInt fileIdOfInode(long inode) {
    return OptionalInt.empty();
  }

  @Override
  public <T> Optional<T> kind(Class<T> type) {
    for (FileKind kind : kinds) {
      if (type.isInstance(kind)) {
        return Optional.of(type.cast(kind));
      }
    }
    return Optional.empty();
  }

  @Override
  public int newFileId() {
    int id = -1 - ids.size();
    ids.put(id, id);
    return id;
  }

  /** One file's view. */
  private final class Taking implements FileCapture {
    private final OpenFile file;

    @Override
    public int newFileId() {
      return TestCapture.this.newFileId();
    }

    Taking(OpenFile file) {
      this.file = file;
    }

    @Override
    public void entry(FileEntry.Builder entry) {
      entries.put(file.id(), entry.build());
    }

    @Override
    public void obstacle(String reason, String remedy) {
      obstacle(new Obstacle(file.task().describe(), file.describe(), reason, remedy));
    }

    @Override
    public DumpOptions options() {
      return TestCapture.this.options();
    }

    @Override
    public void obstacle(Obstacle obstacle) {
      TestCapture.this.obstacle(obstacle);
    }

    @Override
    public List<? extends TaskView> tasks() {
      return TestCapture.this.tasks();
    }

    @Override
    public void entry(ImageKind kind, Message entry) {
      TestCapture.this.entry(kind, entry);
    }

    @Override
    public void whenWriting(WriteAction action) {
      TestCapture.this.whenWriting(action);
    }

    @Override
    public int fileId(TaskView task, String procPath, int flags) throws StasisException {
      return TestCapture.this.fileId(task, procPath, flags);
    }

    @Override
    public int fileId(TaskView task, Fd descriptor) {
      return TestCapture.this.fileId(task, descriptor);
    }

    @Override
    public OptionalInt fileId(TaskView task, int fd) {
      return TestCapture.this.fileId(task, fd);
    }

    @Override
    public OptionalInt fileIdOfInode(long inode) {
      return TestCapture.this.fileIdOfInode(inode);
    }

    @Override
    public <T> Optional<T> kind(Class<T> type) {
      return TestCapture.this.kind(type);
    }
  }
}
