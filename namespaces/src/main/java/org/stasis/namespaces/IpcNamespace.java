package org.stasis.namespaces;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageException;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import org.stasis.images.ImageSet;
import org.stasis.images.PageSource;
import org.stasis.images.proto.IpcDescEntry;
import org.stasis.images.proto.IpcMsg;
import org.stasis.images.proto.IpcMsgEntry;
import org.stasis.images.proto.IpcSemEntry;
import org.stasis.images.proto.IpcShmEntry;
import org.stasis.images.proto.IpcVarEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.ThreadUser;
import org.stasis.linux.ipc.Ipc;
import org.stasis.linux.ipc.MessageQueues;
import org.stasis.linux.ipc.Semaphores;
import org.stasis.linux.ipc.SharedSegment;

/**
 * Fills an IPC namespace that was made for a tree, sysvipc(7): the engine does it, through a thread
 * inside. Every object gets the id it had; the kernel has a setting for that.
 */
final class IpcNamespace {
  private static final int PAGE = 4096;
  private static final int PERMISSIONS = 0777;
  private static final int LARGEST_BYTES = 64 << 20;

  private final ImageSet images;
  private final int id;
  private final UserIds userIds;
  private final IpcVarEntry settings;
  private final List<Integer> goingSegments = new ArrayList<>();

  /** Reads what an image holds of a namespace; its objects are read when they are made. */
  IpcNamespace(ImageSet images, int id, UserIds userIds) throws IOException {
    this.images = images;
    this.userIds = userIds;
    this.id = id;
    this.settings = images.read(ImageKind.IPC_VAR, id, IpcVarEntry.parser());
  }

  static void plan(RebuildContext rebuild, int id, UserIds userIds) throws StasisException {
    try {
      IpcSettings.plan(
          rebuild.program(rebuild.tasks().getFirst(), Stage.NAMESPACES),
          rebuild.plan(),
          new IpcNamespace(rebuild.images(), id, userIds).settings,
          rebuild.options().weakSysctls());
    } catch (IOException e) {
      throw failure(e);
    }
    planObjects(rebuild, id, userIds);
  }

  /** Plans what is in it, without its settings. */
  static void planObjects(RebuildContext rebuild, int id, UserIds userIds) throws StasisException {
    try {
      IpcNamespace content = new IpcNamespace(rebuild.images(), id, userIds);
      if (content.hasContent()) {
        rebuild.before(Stage.NAMESPACE_CONTENT, tree -> content.run(tree, content::fill));
      }
      if (!content.goingSegments.isEmpty()) { // once everybody is attached who was
        rebuild.before(Stage.RELEASE, tree -> content.run(tree, content::removeGoing));
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private static StasisException failure(IOException e) {
    return e instanceof SyscallException call
        ? new StasisException("", "restoring the IPC namespace", "", call)
        : new StasisException(
            "", "restoring the IPC namespace", String.valueOf(e.getMessage()), 0, "", e);
  }

  private boolean hasContent() throws IOException {
    List<IpcShmEntry> segments = new ArrayList<>();
    boolean others = settings.hasMsgNextId() || settings.hasSemNextId() || settings.hasShmNextId();
    try (ImageReader shm = images.open(ImageKind.IPCNS_SHM, id);
        ImageReader msg = images.open(ImageKind.IPCNS_MSG, id);
        ImageReader sem = images.open(ImageKind.IPCNS_SEM, id)) {
      others |= msg != null || sem != null;
      if (shm != null) {
        for (IpcShmEntry each; (each = shm.next(IpcShmEntry.parser())) != null; ) {
          segments.add(each);
        }
      }
    }
    for (IpcShmEntry each : segments) {
      if ((each.getDesc().getMode() & SharedSegment.SHM_DEST) != 0) {
        goingSegments.add(each.getDesc().getId());
      }
    }
    return others || !segments.isEmpty();
  }

  private void run(RebuiltTree tree, NamespaceThread.Work<Boolean, IOException> work)
      throws StasisException {
    String file = "/proc/" + tree.hostPid(tree.root()) + "/ns/ipc";
    try (Fd inside = Fd.open(file, Open.O_RDONLY | Open.O_CLOEXEC)) {
      NamespaceThread.call(List.of(inside), work);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private boolean removeGoing() throws SyscallException {
    for (int segment : goingSegments) {
      SharedSegment.remove(segment);
    }
    return true;
  }

  /** Makes the objects in the calling thread's namespace. */
  boolean fill() throws IOException {
    if (userIds != UserIds.SAME) { // who makes an object is noted in it
      ThreadUser.actAs(
          userIds.userOutside(userIds.firstUser()), userIds.groupOutside(userIds.firstGroup()));
    }
    makeSegments();
    makeQueues();
    makeSets();
    next(IpcSettings.MSG_NEXT_ID, settings.hasMsgNextId(), settings.getMsgNextId());
    next(IpcSettings.SEM_NEXT_ID, settings.hasSemNextId(), settings.getSemNextId());
    next(IpcSettings.SHM_NEXT_ID, settings.hasShmNextId(), settings.getShmNextId());
    return true;
  }

  private static void next(Sysctl setting, boolean known, int id) throws SyscallException {
    if (known) {
      setting.write(Integer.toString(id));
    }
  }

  /** The flags a new object is made with. */
  private static int flags(IpcDescEntry description) {
    return Ipc.IPC_CREAT | Ipc.IPC_EXCL | (description.getMode() & PERMISSIONS);
  }

  private int user(IpcDescEntry description) {
    return userIds.userOutside(description.getUid());
  }

  private int group(IpcDescEntry description) {
    return userIds.groupOutside(description.getGid());
  }

  private static void checkId(String what, IpcDescEntry description, int made)
      throws SyscallException {
    if (made != description.getId()) {
      throw new SyscallException(
          "making " + what + " " + description.getId(), Errno.EEXIST.number());
    }
  }

  private void makeSegments() throws IOException {
    try (ImageReader file = images.open(ImageKind.IPCNS_SHM, id)) {
      if (file == null) {
        return;
      }
      for (IpcShmEntry entry; (entry = file.next(IpcShmEntry.parser())) != null; ) {
        IpcDescEntry description = entry.getDesc();
        IpcSettings.SHM_NEXT_ID.write(Integer.toString(description.getId()));
        int flags = flags(description) | entry.getHugetlbFlag();
        int made = SharedSegment.make(description.getKey(), entry.getSize(), flags);
        checkId("shared memory segment", description, made);
        SharedSegment.set(
            made, user(description), group(description), description.getMode() & PERMISSIONS);
        try (SharedSegment segment = SharedSegment.attach(made, entry.getSize(), false)) {
          if (entry.getInPagemaps()) {
            fillFromPages(segment.memory(), made);
          } else {
            file.transferPayload(new Filling(segment.memory()));
          }
        }
      }
    }
  }

  private void fillFromPages(MemorySegment memory, int segment) throws IOException {
    try (PageSource source =
        PageSource.open(images.directory(), ImageKind.SHMEM_PAGEMAP, segment, PAGE)) {
      if (source == null) {
        return;
      }
      for (PageSource.Extent extent : source.extents()) {
        FileChannel pages = extent.pages();
        if (pages == null) {
          throw new ImageException(
              ImageKind.SHMEM_PAGEMAP.fileName(segment), -1, "pages left to a server", "pages");
        }
        long length = Math.min(extent.lengthBytes(), memory.byteSize() - extent.address());
        read(pages, extent.offsetBytes(), memory.asSlice(extent.address(), length));
      }
    }
  }

  private static void read(FileChannel pages, long offset, MemorySegment into) throws IOException {
    for (long done = 0; done < into.byteSize(); ) {
      long piece = Math.min(LARGEST_BYTES, into.byteSize() - done);
      int read = pages.read(into.asSlice(done, piece).asByteBuffer(), offset + done);
      if (read <= 0) {
        throw new IOException("the pages file ends too early");
      }
      done += read;
    }
  }

  /** Bytes on their way into a segment; what is more than it holds is padding. */
  private static final class Filling implements WritableByteChannel {
    private final MemorySegment memory;
    private long done;

    Filling(MemorySegment memory) {
      this.memory = memory;
    }

    @Override
    public int write(ByteBuffer bytes) {
      int length = bytes.remaining();
      long fits = Math.min(length, memory.byteSize() - done);
      MemorySegment.copy(MemorySegment.ofBuffer(bytes), 0, memory, done, fits);
      bytes.position(bytes.limit());
      done += fits;
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  private void makeQueues() throws IOException {
    try (ImageReader file = images.open(ImageKind.IPCNS_MSG, id)) {
      if (file == null) {
        return;
      }
      for (IpcMsgEntry entry; (entry = file.next(IpcMsgEntry.parser())) != null; ) {
        IpcDescEntry description = entry.getDesc();
        IpcSettings.MSG_NEXT_ID.write(Integer.toString(description.getId()));
        int made = MessageQueues.make(description.getKey(), flags(description));
        checkId("message queue", description, made);
        for (IpcMsg each; (each = file.nextRecord(IpcMsg.parser())) != null; ) {
          byte[] text = file.payloadBytes(LARGEST_BYTES);
          MessageQueues.send(made, new MessageQueues.Message(each.getMtype(), text));
        }
        MessageQueues.set(
            made,
            user(description),
            group(description),
            description.getMode() & PERMISSIONS,
            Integer.toUnsignedLong(entry.getQbytes()));
      }
    }
  }

  private void makeSets() throws IOException {
    try (ImageReader file = images.open(ImageKind.IPCNS_SEM, id)) {
      if (file == null) {
        return;
      }
      for (IpcSemEntry entry; (entry = file.next(IpcSemEntry.parser())) != null; ) {
        IpcDescEntry description = entry.getDesc();
        IpcSettings.SEM_NEXT_ID.write(Integer.toString(description.getId()));
        int made = Semaphores.make(description.getKey(), entry.getNsems(), flags(description));
        checkId("semaphore set", description, made);
        short[] values = new short[entry.getNsems()];
        ByteBuffer.wrap(file.payloadBytes(LARGEST_BYTES))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asShortBuffer()
            .get(values);
        Semaphores.setValues(made, values);
        Semaphores.set(
            made, user(description), group(description), description.getMode() & PERMISSIONS);
      }
    }
  }
}
