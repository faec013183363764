package org.stasis.namespaces;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.stasis.engine.Obstacle;
import org.stasis.engine.memory.SharedContent;
import org.stasis.engine.ns.UserIds;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.IpcDescEntry;
import org.stasis.images.proto.IpcMsg;
import org.stasis.images.proto.IpcMsgEntry;
import org.stasis.images.proto.IpcSemEntry;
import org.stasis.images.proto.IpcShmEntry;
import org.stasis.images.proto.IpcVarEntry;
import org.stasis.linux.Directory;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.MountApi;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.ipc.MessageQueues;
import org.stasis.linux.ipc.Semaphores;
import org.stasis.linux.ipc.SharedSegment;

/** What is in an IPC namespace; read by a thread that has entered it. */
final class IpcCapture implements AutoCloseable {
  private static final int PAGE = 4096;
  private static final int HUGE_SIZE_SHIFT = 26; // SHM_HUGE_SHIFT

  private final UserIds userIds;
  private final IpcVarEntry settings;
  private final List<Segment> segments = new ArrayList<>();
  private final List<Queue> queues = new ArrayList<>();
  private final List<Set> sets = new ArrayList<>();

  /** A segment of shared memory, and the file that it is to the kernel. */
  private record Segment(IpcShmEntry entry, Fd file) {}

  private record Queue(IpcMsgEntry entry, List<MessageQueues.Message> messages) {}

  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Set(IpcSemEntry entry, short[] values) {}

  /**
   * Reads everything; in a thread inside.
   *
   * @param userIds of the tree that the namespace belongs to
   */
  IpcCapture(UserIds userIds) throws SyscallException {
    this.userIds = userIds;
    settings = IpcSettings.capture();
    for (Map<String, String> object : IpcTable.read("shm")) {
      segments.add(segment(object));
    }
    for (Map<String, String> object : IpcTable.read("msg")) {
      queues.add(queue(object));
    }
    for (Map<String, String> object : IpcTable.read("sem")) {
      sets.add(set(object));
    }
  }

  /** Queues of POSIX, mq_overview(7), which no image can hold; in a thread inside. */
  static List<Obstacle> posixQueues() throws SyscallException {
    List<Obstacle> obstacles = new ArrayList<>();
    try (Fd mounted = MountApi.mountDetached("mqueue");
        Fd root = mounted.openAt(".", Open.O_RDONLY | Open.O_DIRECTORY | Open.O_CLOEXEC, 0)) {
      for (Directory.Entry queue : Directory.list(root)) {
        obstacles.add(
            new Obstacle(
                "",
                "POSIX message queue /" + queue.name(),
                "message queues with a name are not carried yet",
                "remove it before the dump"));
      }
    } catch (SyscallException e) {
      if (!e.is(Errno.ENODEV)) { // a kernel without them
        throw e;
      }
    }
    return obstacles;
  }

  private Segment segment(Map<String, String> object) throws SyscallException {
    IpcDescEntry description = IpcTable.description(object, "shmid", userIds);
    long size = IpcTable.number(object, "size");
    IpcShmEntry.Builder entry =
        IpcShmEntry.newBuilder().setDesc(description).setSize(size).setInPagemaps(true);
    Fd file;
    try (SharedSegment attached = SharedSegment.attach(description.getId(), size, true)) {
      file = file(attached);
    }
    int block = file.stat().blockSize();
    if (block > PAGE) {
      int log = Integer.numberOfTrailingZeros(block);
      entry.setHugetlbFlag(SharedSegment.SHM_HUGETLB | log << HUGE_SIZE_SHIFT);
    }
    return new Segment(entry.build(), file);
  }

  /** What is attached is a mapping of a file without a name. */
  private static Fd file(SharedSegment attached) throws SyscallException {
    long start = attached.memory().address();
    long step = PAGE;
    SyscallException missing = null;
    for (int tries = 0; tries < 2; tries++, step = 2 << 20) {
      long end = start + (attached.memory().byteSize() + step - 1 & -step);
      String range = Long.toHexString(start) + "-" + Long.toHexString(end);
      try {
        return Fd.open("/proc/self/map_files/" + range, Open.O_RDONLY | Open.O_CLOEXEC);
      } catch (SyscallException e) {
        missing = e;
      }
    }
    throw missing;
  }

  private Queue queue(Map<String, String> object) throws SyscallException {
    IpcDescEntry description = IpcTable.description(object, "msqid", userIds);
    int count = (int) IpcTable.number(object, "qnum");
    long bytes = IpcTable.number(object, "cbytes");
    List<MessageQueues.Message> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(MessageQueues.peek(description.getId(), i, bytes));
    }
    IpcMsgEntry entry =
        IpcMsgEntry.newBuilder()
            .setDesc(description)
            .setQbytes((int) MessageQueues.limitBytes(description.getId()))
            .setQnum(count)
            .build();
    return new Queue(entry, messages);
  }

  private Set set(Map<String, String> object) throws SyscallException {
    IpcDescEntry description = IpcTable.description(object, "semid", userIds);
    int count = (int) IpcTable.number(object, "nsems");
    IpcSemEntry entry = IpcSemEntry.newBuilder().setDesc(description).setNsems(count).build();
    return new Set(entry, Semaphores.values(description.getId(), count));
  }

  /** Notes the content of segments, which goes where that of all shared memory goes. */
  void register(SharedContent content) {
    for (Segment each : segments) {
      int id = each.entry().getDesc().getId();
      content.register(id, each.file(), each.entry().getSize(), "", "shared memory segment " + id);
    }
  }

  /** Writes the images of a namespace, but for the content of segments. */
  void write(ImageSetWriter images, int id) throws IOException {
    images.write(ImageKind.IPC_VAR, id, settings);
    List<IpcShmEntry> entries = new ArrayList<>();
    for (Segment each : segments) {
      entries.add(each.entry());
    }
    images.writeAll(ImageKind.IPCNS_SHM, id, entries);
    try (ImageWriter file = images.open(ImageKind.IPCNS_MSG, id)) {
      for (Queue queue : queues) {
        file.write(queue.entry());
        for (MessageQueues.Message message : queue.messages()) {
          int length = message.text().length;
          file.writeRecord(IpcMsg.newBuilder().setMtype(message.type()).setMsize(length).build());
          file.writePayload(message.text());
        }
      }
    }
    try (ImageWriter file = images.open(ImageKind.IPCNS_SEM, id)) {
      for (Set set : sets) {
        file.write(set.entry());
        ByteBuffer values =
            ByteBuffer.allocate(set.values().length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        values.asShortBuffer().put(set.values());
        file.writePayload(values.array());
      }
    }
  }

  @Override
  public void close() throws SyscallException {
    for (Segment each : segments) {
      each.file().close();
    }
  }
}
