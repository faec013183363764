package org.stasis.engine.rebuild;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.engine.sessions.Births;
import org.stasis.engine.spi.BoxInit;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.EngineFile;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.Stage;
import org.stasis.engine.spi.TreeKind;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Provenance;

/**
 * Makes the plan of a rebuild from images and options, without touching the kernel: collects what
 * the rooms append for each task and stage, decides which task makes which file, and puts the
 * stages together to one program for each task.
 */
public final class RebuildPlanner implements RebuildContext {
  /** What a channel has room for at least; it is memory only where it is used. */
  private static final long CHANNEL_BYTES = 32L << 20;

  private static final long CHANNEL_BYTES_PER_TASK = 2L << 20;
  private static final long CHANNEL_BYTES_PER_DESCRIPTOR = 2 << 10;
  private static final long CHANNEL_BYTES_PER_VMA = 1L << 10;

  private final RestoreOptions options;
  private final ImageSet images;
  private final RootAgentLayout root;
  private final Map<Integer, TaskImages> tasks;
  private final Map<Integer, FileEntry> files = new HashMap<>();
  private final Collection<FileKind> fileKinds;
  private final Collection<TreeKind> treeKinds;
  private final @Nullable BoxInit box;

  private final Plan plan = new Plan();
  private final Program rootAgent;
  private final Program rootAgentAfterwards;
  private final Map<Integer, EnumMap<Stage, Program>> programs = new HashMap<>();
  private final EnumMap<Stage, List<EngineAction>> actions = new EnumMap<>(Stage.class);
  private final DescriptorNumbers numbers;
  private final AgentArea area;
  private long cloneFlags;

  /**
   * Reads what the plan is made from.
   *
   * @param options what the user asked for
   * @param images the set
   * @param root how the root agent looks
   * @param fileKinds instances of their own
   * @param treeKinds instances of their own, in order
   * @param codeBytes size of the agent
   * @param box the container to fill; null to make everything from the images
   * @throws IOException when an image is missing or damaged
   * @throws StasisException when the tree makes no sense
   */
  public RebuildPlanner(
      RestoreOptions options,
      ImageSet images,
      RootAgentLayout root,
      Collection<FileKind> fileKinds,
      Collection<TreeKind> treeKinds,
      long codeBytes,
      @Nullable BoxInit box)
      throws IOException, StasisException {
    this.box = box;
    this.options = options;
    this.images = images;
    this.root = root;
    this.fileKinds = fileKinds;
    this.treeKinds = treeKinds;
    this.tasks = TaskImages.readAll(images);
    for (FileEntry file : images.all(ImageKind.FILES, FileEntry.parser())) {
      files.put(file.getId(), file);
    }
    new MappedFiles(files).openForWriting(tasks);
    this.numbers = new DescriptorNumbers(tasks.values(), options.inheritDescriptors());
    this.area = hole(codeBytes);
    this.rootAgent = Program.fragment(new Provenance("", "preparing the launcher", ""));
    this.rootAgentAfterwards = Program.fragment(new Provenance("", "tidying up the launcher", ""));
  }

  private AgentArea hole(long codeBytes) throws StasisException {
    List<List<VmaEntry>> vmas = new ArrayList<>();
    long channel = CHANNEL_BYTES;
    int threads = 1;
    for (TaskImages task : tasks.values()) {
      if (!task.isZombie()) {
        vmas.add(task.mappings().getVmasList());
        channel += task.descriptors().size() * CHANNEL_BYTES_PER_DESCRIPTOR;
        channel += CHANNEL_BYTES_PER_TASK + vmas.getLast().size() * CHANNEL_BYTES_PER_VMA;
        threads = Math.max(threads, task.cores().size());
      }
    }
    return AgentArea.find(codeBytes, channel, threads, root.mappings(), vmas);
  }

  /**
   * Makes the plan.
   *
   * @return the programs and everything that goes with them
   * @throws IOException when an image is missing or damaged
   * @throws StasisException when the images cannot be restored
   */
  public Rebuild make() throws IOException, StasisException {
    for (TreeKind kind : treeKinds) {
      kind.plan(this);
    }
    Births births = BirthPrograms.plan(tasks);
    TaskPlan taskPlan = new TaskPlan(this, area, root.vdso(), births);
    Map<Integer, TaskPlan.ThreadPrograms> threads = taskPlan.plan(tasks);
    new FilePlan(this, tasks, files, fileKinds, numbers).plan();
    try {
      return new ProgramAssembly(
              plan,
              area,
              numbers,
              tasks,
              programs,
              threads,
              births,
              options.sibling(),
              cloneFlags,
              box != null)
          .assemble(rootAgent, rootAgentAfterwards, actions, taskPlan.pages());
    } catch (SyscallException e) {
      throw new StasisException("", "planning the restore", "", e);
    }
  }

  @Override
  public Optional<BoxInit> box() {
    return Optional.ofNullable(box);
  }

  @Override
  public RestoreOptions options() {
    return options;
  }

  @Override
  public ImageSet images() {
    return images;
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public List<Integer> tasks() {
    List<Integer> pids = new ArrayList<>();
    for (TaskImages task : tasks.values()) {
      if (!task.isZombie()) {
        pids.add(task.pid());
      }
    }
    return pids;
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
    return rootAgentAfterwards;
  }

  @Override
  public void addCloneFlags(long flags) {
    cloneFlags |= flags;
  }

  @Override
  public Argument provide(EngineFile file) {
    return Argument.of(numbers.provide(file));
  }

  @Override
  public void before(Stage stage, EngineAction action) {
    if (!stage.barrier()) {
      throw new IllegalArgumentException("nobody waits before " + stage);
    }
    actions.computeIfAbsent(stage, _ -> new ArrayList<>()).add(action);
  }

  @Override
  public Optional<FileEntry> file(int id) {
    return Optional.ofNullable(files.get(id));
  }

  @Override
  public List<Holder> holders(int id) {
    return numbers.holders(id);
  }

  @Override
  public Argument descriptor(int task, int id) {
    return Argument.of(numbers.temporary(id));
  }

  @Override
  public Argument spareDescriptor() {
    return Argument.of(numbers.spare());
  }

  @Override
  public Argument descriptorOfRootAgent() {
    return Argument.of(numbers.inRootAgent());
  }

  @Override
  public OptionalInt inherited(String key) {
    return numbers.inherited(key);
  }

  @Override
  public <T> Optional<T> kind(Class<T> type) {
    for (TreeKind kind : treeKinds) {
      if (type.isInstance(kind)) {
        return Optional.of(type.cast(kind));
      }
    }
    for (FileKind kind : fileKinds) {
      if (type.isInstance(kind)) {
        return Optional.of(type.cast(kind));
      }
    }
    return Optional.empty();
  }

  @Override
  public String describe(int task) {
    TaskImages known = tasks.get(task);
    return known == null ? "task " + task : known.describe();
  }
}
