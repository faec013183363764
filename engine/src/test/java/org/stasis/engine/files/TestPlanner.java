package org.stasis.engine.files;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.engine.spi.BoxInit;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.EngineFile;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Operation;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Provenance;

/**
 * Stands for the core when a kind plans one cluster: task 10 makes it, its files get the temporary
 * numbers 100 + id.
 */
public final class TestPlanner implements FilePlanner {
  public static final int TASK = 10;
  public static final int TEMPORARY = 100;

  private final Path directory;
  private final Plan plan = new Plan();
  private final Map<Integer, EnumMap<Stage, Program>> programs = new HashMap<>();
  private final Map<Integer, FileEntry> files = new HashMap<>();
  private final Map<Integer, List<Holder>> holders = new HashMap<>();
  private final Map<String, Integer> inherited = new HashMap<>();
  private final Map<EngineFile, Integer> provided = new LinkedHashMap<>();
  private final Map<Integer, Argument> opened = new LinkedHashMap<>();
  private final EnumMap<Stage, List<EngineAction>> actions = new EnumMap<>(Stage.class);
  private final List<Integer> tasks = new ArrayList<>(List.of(TASK));
  private final List<FileKind> kinds = new ArrayList<>();
  private final RestoreOptions.Builder options;
  private final Program rootAgent =
      Program.fragment(new Provenance("", "preparing the launcher", ""));
  private int spare;

  /**
   * Plans from an empty set of images.
   *
   * @param directory for the images
   */
  public TestPlanner(Path directory) {
    this(directory, true);
  }

  /**
   * Plans from a set of images.
   *
   * @param directory of the images
   * @param empty whether a set is to be written first
   */
  public TestPlanner(Path directory, boolean empty) {
    this.directory = directory;
    this.options = RestoreOptions.builder(directory);
    if (empty) {
      images(_ -> {});
    }
  }

  /** Writes images. */
  @FunctionalInterface
  public interface Writing {
    void to(ImageSetWriter images) throws IOException;
  }

  /** Writes images besides the inventory. */
  public TestPlanner images(Writing writing) {
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      images.write(
          ImageKind.INVENTORY,
          InventoryEntry.newBuilder().setImgVersion(2).setFdinfoPerId(true).build());
      writing.to(images);
      images.commit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Adds a file entry, held by task 10. */
  public TestPlanner file(FileEntry entry, int number) {
    files.put(entry.getId(), entry);
    return holder(entry.getId(), TASK, number);
  }

  /** Adds a file entry that no task holds. */
  public TestPlanner known(FileEntry entry) {
    files.put(entry.getId(), entry);
    return this;
  }

  /** Adds a holder. */
  public TestPlanner holder(int id, int task, int number) {
    holders.computeIfAbsent(id, _ -> new ArrayList<>()).add(new Holder(task, number));
    if (!tasks.contains(task)) {
      tasks.add(task);
    }
    return this;
  }

  /** Lets the caller provide a descriptor. */
  public TestPlanner inherit(String key, int number) {
    inherited.put(key, number);
    return this;
  }

  /** Lets another kind be found. */
  public TestPlanner with(FileKind kind) {
    kinds.add(kind);
    return this;
  }

  /** What the user asked for. */
  public RestoreOptions.Builder optionsBuilder() {
    return options;
  }

  /** Plans one cluster of all files that were added. */
  public TestPlanner plan(FileKind kind) throws StasisException {
    List<FileEntry> cluster = new ArrayList<>();
    for (int id : holders.keySet().stream().sorted().toList()) {
      FileEntry entry = files.get(id);
      if (kind.types().contains(entry.getType())) {
        cluster.add(entry);
      }
    }
    kind.begin(this);
    kind.plan(cluster, this);
    kind.planInPlace(this);
    return this;
  }

  /** What the maker does to make the cluster. */
  public List<String> operations() {
    return operations(TASK, Stage.FILES);
  }

  /** What a task does in a stage; {@code opened} files show as such. */
  public List<String> operations(int task, Stage stage) {
    List<String> texts = new ArrayList<>();
    for (Operation operation : program(task, stage).operations()) {
      texts.add(operation.toString());
    }
    return texts;
  }

  /** The longs that the first argument in memory of one of the maker's operations points to. */
  public List<Long> data(int operation, int count) {
    return data(program().operations().get(operation), 1, count);
  }

  /** The longs that an argument of task 10's operations in a stage points to. */
  public List<Long> data(Stage stage, int operation, int argument, int count) {
    return data(program(TASK, stage).operations().get(operation), argument, count);
  }

  private List<Long> data(Operation operation, int argument, int count) {
    assertThat(operation.arguments().get(argument).source()).isEqualTo(Argument.Source.CHANNEL);
    long offset = operation.arguments().get(argument).value();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment channel = arena.allocate(plan.sizeBytes(), 16);
      plan.layOut(channel, 0);
      List<Long> values = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        values.add(channel.get(JAVA_LONG, offset + 8L * i));
      }
      return values;
    }
  }

  /** What is done to explain, each once. */
  public List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    for (Operation operation : program().operations()) {
      if (!reasons.contains(operation.why().doing())) {
        reasons.add(operation.why().doing());
      }
    }
    return reasons;
  }

  /** Which result each file is. */
  public Map<Integer, Argument> opened() {
    return opened;
  }

  /** What the engine does at a barrier. */
  public List<EngineAction> actions(Stage stage) {
    return actions.getOrDefault(stage, List.of());
  }

  /** The numbers of files that the engine provides. */
  public Set<Path> provided() {
    Set<Path> paths = new LinkedHashSet<>();
    for (EngineFile file : provided.keySet()) {
      paths.add(((EngineFile.AtPath) file).path());
    }
    return paths;
  }

  @Override
  public int task() {
    return TASK;
  }

  @Override
  public Program program() {
    return program(TASK, Stage.FILES);
  }

  @Override
  public void opened(int id, Argument fd) {
    opened.put(id, fd);
  }

  @Override
  public Optional<BoxInit> box() {
    return Optional.empty();
  }

  @Override
  public RestoreOptions options() {
    return options.build();
  }

  @Override
  public ImageSet images() {
    try {
      return ImageSet.open(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public List<Integer> tasks() {
    return tasks;
  }

  @Override
  public Program program(int task, Stage stage) {
    return programs
        .computeIfAbsent(task, _ -> new EnumMap<>(Stage.class))
        .computeIfAbsent(stage, _ -> Program.fragment(new Provenance(describe(task), "", "")));
  }

  @Override
  public Program rootAgent() {
    return rootAgent;
  }

  @Override
  public Program rootAgentAfterwards() {
    return rootAgent;
  }

  @Override
  public void addCloneFlags(long flags) {
    throw new UnsupportedOperationException("files need no namespaces");
  }

  @Override
  public Argument provide(EngineFile file) {
    return Argument.of(provided.computeIfAbsent(file, _ -> 50 + provided.size()));
  }

  @Override
  public void before(Stage stage, EngineAction action) {
    actions.computeIfAbsent(stage, _ -> new ArrayList<>()).add(action);
  }

  @Override
  public Optional<FileEntry> file(int id) {
    return Optional.ofNullable(files.get(id));
  }

  @Override
  public List<Holder> holders(int id) {
    return holders.getOrDefault(id, List.of());
  }

  @Override
  public Argument descriptor(int task, int id) {
    return Argument.of(TEMPORARY + id);
  }

  @Override
  public Argument spareDescriptor() {
    return Argument.of(200 + spare++);
  }

  @Override
  public Argument descriptorOfRootAgent() {
    return spareDescriptor();
  }

  @Override
  public OptionalInt inherited(String key) {
    @Nullable Integer number = inherited.get(key);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
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
  public String describe(int task) {
    return "task " + task;
  }
}
