package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.FileValidation;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;

/**
 * Whether opened files are those of the dump: they have the same type and permissions, the same
 * size and, if they are programs or libraries, the same build id. The agent asks for them when it
 * opens a file; the engine compares while all tasks wait to be released, which costs no further
 * stop.
 */
final class FileChecks {
  private static final int PERMISSIONS = 07777;

  private final List<Check> checks = new ArrayList<>();

  /** A file, where its stat is, and where its first bytes are: 0 when they are not asked for. */
  private record Check(String task, RegFileEntry file, long stat, long head) {}

  /**
   * Appends the asking.
   *
   * @param file as in the images
   * @param fd the file, just opened
   * @param planner of its cluster
   */
  void plan(RegFileEntry file, Argument fd, FilePlanner planner) {
    if (!file.hasMode() && !file.hasSize()) {
      return;
    }
    long stat = planner.plan().reserve(Stat.BYTES);
    planner
        .program()
        .call(
            SyscallNumber.STATX,
            fd,
            planner.plan().text(""),
            Argument.of(Open.AT_EMPTY_PATH),
            Argument.of(Stat.STATX_BASIC_STATS),
            Argument.channel(stat));
    checks.add(
        new Check(planner.describe(planner.task()), file, stat, planReading(file, fd, planner)));
  }

  private static long planReading(RegFileEntry file, Argument fd, FilePlanner planner) {
    boolean readable =
        (file.getFlags() & Open.O_PATH) == 0
            && (file.getFlags() & Open.O_ACCMODE) != Open.O_WRONLY
            && (file.getFlags() & Open.O_DIRECT) == 0;
    if (file.getBuildIdCount() == 0
        || !readable
        || planner.options().fileValidation() != FileValidation.BUILD_ID) {
      return 0;
    }
    long head = planner.plan().reserve(BuildId.HEAD_BYTES);
    planner
        .program()
        .call(
            SyscallNumber.PREAD64,
            fd,
            Argument.channel(head),
            Argument.of(BuildId.HEAD_BYTES),
            Argument.ZERO);
    return head;
  }

  /**
   * Plans the comparing.
   *
   * @param context takes it
   */
  void planComparing(RebuildContext context) {
    if (!checks.isEmpty()) {
      boolean permissions = !context.options().skipFileRwxCheck();
      context.before(Stage.RELEASE, tree -> compare(tree, permissions));
    }
  }

  private void compare(RebuiltTree tree, boolean permissions) throws StasisException {
    for (Check check : checks) {
      int found = tree.word(check.stat + Stat.MODE_OFFSET) & 0xffff;
      int different = (found ^ check.file.getMode()) & (permissions ? -1 : ~PERMISSIONS);
      if (check.file.hasMode() && different != 0) {
        throw changed(
            check,
            "its mode was "
                + Integer.toOctalString(check.file.getMode())
                + " and is now "
                + Integer.toOctalString(found),
            (different & ~PERMISSIONS) == 0 ? "Set it back, or use --skip-file-rwx-check." : "");
      }
      long low = Integer.toUnsignedLong(tree.word(check.stat + Stat.SIZE_OFFSET));
      long size = (long) tree.word(check.stat + Stat.SIZE_OFFSET + 4) << 32 | low;
      if (check.file.hasSize() && size != check.file.getSize()) {
        throw changed(
            check,
            "it had " + check.file.getSize() + " bytes and now has " + size,
            "Put back the file as it was at the dump.");
      }
      if (check.head != 0) {
        compareBuildId(check, tree);
      }
    }
  }

  private static void compareBuildId(Check check, RebuiltTree tree) throws StasisException {
    ByteBuffer head = ByteBuffer.allocate(BuildId.HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < BuildId.HEAD_BYTES; at += Integer.BYTES) {
      head.putInt(at, tree.word(check.head + at));
    }
    ByteString found = BuildId.find(head.array());
    if (found != null && !BuildId.words(found).equals(check.file.getBuildIdList())) {
      throw changed(
          check,
          "it has another build id than at the dump: it was replaced by another build",
          "Put back the file as it was at the dump; --file-validation filesize looks at its size"
              + " alone.");
    }
  }

  private static StasisException changed(Check check, String problem, String remedy) {
    String name = KernelString.decode(check.file.getNameBytes().toByteArray());
    return new StasisException(check.task, "opening " + name, problem, 0, remedy, null);
  }
}
