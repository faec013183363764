package org.stasis.engine.rebuild;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.engine.spi.BoxInit;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.EngineFile;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.FileEntry;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/** The rebuild as the maker of one cluster of files sees it. */
final class ClusterPlanner implements FilePlanner {
  private final RebuildContext context;
  private final int task;
  private final Program program;
  private final Consumer<Opened> opened;

  /**
   * A file that has been opened.
   *
   * @param id the file's
   * @param fd the result that is its descriptor
   */
  record Opened(int id, Argument fd) {}

  ClusterPlanner(RebuildContext context, int task, Program program, Consumer<Opened> opened) {
    this.context = context;
    this.task = task;
    this.program = program;
    this.opened = opened;
  }

  @Override
  public int task() {
    return task;
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public void opened(int id, Argument fd) {
    opened.accept(new Opened(id, fd));
  }

  @Override
  public Optional<BoxInit> box() {
    return context.box();
  }

  @Override
  public RestoreOptions options() {
    return context.options();
  }

  @Override
  public ImageSet images() {
    return context.images();
  }

  @Override
  public Plan plan() {
    return context.plan();
  }

  @Override
  public List<Integer> tasks() {
    return context.tasks();
  }

  @Override
  public Program program(int otherTask, Stage stage) {
    return context.program(otherTask, stage);
  }

  @Override
  public Program rootAgent() {
    return context.rootAgent();
  }

  @Override
  public Program rootAgentAfterwards() {
    return context.rootAgentAfterwards();
  }

  @Override
  public void addCloneFlags(long flags) {
    context.addCloneFlags(flags);
  }

  @Override
  public Argument provide(EngineFile file) {
    return context.provide(file);
  }

  @Override
  public void before(Stage stage, EngineAction action) {
    context.before(stage, action);
  }

  @Override
  public Optional<FileEntry> file(int id) {
    return context.file(id);
  }

  @Override
  public List<Holder> holders(int id) {
    return context.holders(id);
  }

  @Override
  public Argument descriptor(int otherTask, int id) {
    return context.descriptor(otherTask, id);
  }

  @Override
  public Argument spareDescriptor() {
    return context.spareDescriptor();
  }

  @Override
  public Argument descriptorOfRootAgent() {
    return context.descriptorOfRootAgent();
  }

  @Override
  public OptionalInt inherited(String key) {
    return context.inherited(key);
  }

  @Override
  public <T> Optional<T> kind(Class<T> type) {
    return context.kind(type);
  }

  @Override
  public String describe(int otherTask) {
    return context.describe(otherTask);
  }
}
