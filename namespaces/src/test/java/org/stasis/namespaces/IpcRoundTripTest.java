package org.stasis.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.Obstacle;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.ns.UserIds;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.IpcDescEntry;
import org.stasis.images.proto.IpcShmEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.MountApi;
import org.stasis.linux.Open;
import org.stasis.linux.ThreadNamespaces;
import org.stasis.linux.ipc.Ipc;
import org.stasis.linux.ipc.MessageQueues;
import org.stasis.linux.ipc.Semaphores;
import org.stasis.linux.ipc.SharedSegment;

@DisplayName("Objects of an IPC namespace")
class IpcRoundTripTest {
  private static final int ID = 9;

  @TempDir Path directory;

  @BeforeEach
  void needsRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make namespaces");
  }

  /** Works in an IPC namespace that ends with it. */
  private static <T> T inOwn(NamespaceThread.Work<T, Exception> work) throws Exception {
    return NamespaceThread.call(
        List.of(),
        () -> {
          ThreadNamespaces.unshare(ThreadNamespaces.CLONE_NEWIPC);
          return work.run();
        });
  }

  @Test
  void areMadeAgainWithIdsOwnersAndContent() throws Exception {
    ImageSet images =
        inOwn(
            () -> {
              SharedSegment.remove(SharedSegment.make(0, 1, Ipc.IPC_CREAT)); // other ids than 0
              int segment = SharedSegment.make(0x77, 5000, Ipc.IPC_CREAT | 0640);
              SharedSegment.set(segment, 12, 13, 0640);
              int queue = MessageQueues.make(0x55, Ipc.IPC_CREAT | 0600);
              MessageQueues.send(queue, new MessageQueues.Message(3, new byte[] {1, 2, 3}));
              MessageQueues.send(queue, new MessageQueues.Message(9, new byte[4000]));
              MessageQueues.set(queue, 0, 0, 0600, 8192);
              Semaphores.make(0, 1, Ipc.IPC_CREAT);
              int set = Semaphores.make(0x99, 3, Ipc.IPC_CREAT | 0600);
              Semaphores.setValues(set, new short[] {1, 7, 30000});
              new Sysctl("kernel/msg_next_id").write("77");
              try (IpcCapture capture = new IpcCapture(UserIds.SAME)) {
                return Images.of(directory, writer -> capture.write(writer, ID));
              }
            });
    inOwn(
        () -> {
          new IpcNamespace(images, ID, UserIds.SAME).fill();
          assertThat(IpcTable.read("shm")).hasSize(1);
          assertThat(IpcTable.read("shm").getFirst())
              .containsEntry("uid", "12")
              .containsEntry("gid", "13")
              .containsEntry("perms", "640")
              .containsEntry("size", "5000")
              .containsEntry("key", Integer.toString(0x77));
          int segment = SharedSegment.make(0x77, 0, 0);
          assertThat(segment).isNotZero();
          int queue = MessageQueues.make(0x55, 0);
          assertThat(MessageQueues.limitBytes(queue)).isEqualTo(8192);
          assertThat(MessageQueues.peek(queue, 0, 100).text()).containsExactly(1, 2, 3);
          assertThat(MessageQueues.peek(queue, 1, 5000).type()).isEqualTo(9);
          assertThat(Semaphores.values(Semaphores.make(0x99, 0, 0), 3))
              .containsExactly((short) 1, (short) 7, (short) 30000);
          assertThat(IpcTable.read("sem")).hasSize(2);
          assertThat(new Sysctl("kernel/msg_next_id").read()).isEqualTo("77");
          return true;
        });
  }

  @Test
  void haveTheirContentAlsoWhereItIsKeptBesideTheEntry() throws Exception {
    IpcShmEntry entry =
        IpcShmEntry.newBuilder()
            .setDesc(
                IpcDescEntry.newBuilder()
                    .setKey(0x11)
                    .setUid(0)
                    .setGid(0)
                    .setCuid(0)
                    .setCgid(0)
                    .setMode(0600)
                    .setId(3)
                    .build())
            .setSize(7)
            .build();
    ImageSet images =
        inOwn(
            () -> {
              try (IpcCapture empty = new IpcCapture(UserIds.SAME)) {
                return Images.of(
                    directory,
                    writer -> {
                      empty.write(writer, ID);
                      try (ImageWriter file = writer.open(ImageKind.IPCNS_SHM, ID)) {
                        file.write(entry);
                        file.writePayload(new byte[] {1, 2, 3, 4, 5, 6, 7});
                      }
                    });
              }
            });
    inOwn(
        () -> {
          new IpcNamespace(images, ID, UserIds.SAME).fill();
          try (SharedSegment segment = SharedSegment.attach(3, 7, true)) {
            assertThat(segment.memory().toArray(ValueLayout.JAVA_BYTE))
                .containsExactly(1, 2, 3, 4, 5, 6, 7);
          }
          return true;
        });
  }

  @Test
  void areRefusedWhenTheyAreQueuesOfPosix() throws Exception {
    List<Obstacle> none = inOwn(IpcCapture::posixQueues);
    assertThat(none).isEmpty();
    List<Obstacle> one =
        inOwn(
            () -> {
              try (Fd queues = MountApi.mountDetached("mqueue")) {
                queues.openAt("mine", Open.O_RDWR | Open.O_CREAT, 0600).close();
              }
              return IpcCapture.posixQueues();
            });
    assertThat(one).extracting(Obstacle::object).containsExactly("POSIX message queue /mine");
  }
}
