package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.images.proto.FdinfoEntry;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.images.proto.PstreeEntry;
import org.stasis.images.proto.SeccompEntry;
import org.stasis.images.proto.SeccompFilter;

@DisplayName("An image set being written")
class ImageSetWriterTest {
  private static final InventoryEntry INVENTORY =
      InventoryEntry.newBuilder().setImgVersion(2).setFdinfoPerId(true).setNsPerId(true).build();

  @TempDir Path directory;

  private static PstreeEntry process(int pid) {
    return PstreeEntry.newBuilder()
        .setPid(pid)
        .setPpid(0)
        .setPgid(pid)
        .setSid(pid)
        .addThreads(pid)
        .build();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private List<String> visibleNames() throws IOException {
    return names().stream().filter(name -> !name.startsWith(".")).toList();
  }

  private void dump(int pid) throws IOException {
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      images.write(ImageKind.INVENTORY, INVENTORY);
      images.writeAll(ImageKind.PSTREE, List.of(process(pid)));
      images.write(ImageKind.SECCOMP, SeccompEntry.getDefaultInstance());
      try (FileChannel pages = images.openRaw(ImageKind.PAGES, pid)) {
        pages.write(ByteBuffer.allocate(4096));
      }
      images.commit();
    }
  }

  @Test
  void isSeenOnlyOnceCommitted() throws IOException {
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      images.write(ImageKind.INVENTORY, INVENTORY);
      try (ImageWriter pstree = images.open(ImageKind.PSTREE)) {
        pstree.write(process(5));
        pstree.write(process(6));
      }
      assertThat(visibleNames()).isEmpty();
      images.commit();
    }
    assertThat(names()).containsExactly("inventory.img", "pstree.img");
    ImageSet set = ImageSet.open(directory);
    assertThat(set.inventory()).isEqualTo(INVENTORY);
    assertThat(set.version()).isEqualTo(ImageVersion.V1_1);
    assertThat(set.all(ImageKind.PSTREE, PstreeEntry.parser()))
        .containsExactly(process(5), process(6));
  }

  @Test
  void leavesNothingWhenItFails() throws IOException {
    assertThatThrownBy(
            () -> {
              try (ImageSetWriter images = ImageSetWriter.create(directory)) {
                images.write(ImageKind.INVENTORY, INVENTORY);
                images.write(ImageKind.SECCOMP, process(1));
              }
            })
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(names()).isEmpty();
  }

  @Test
  void makesNoFileForNoEntries() throws IOException {
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      images.write(ImageKind.INVENTORY, INVENTORY);
      images.writeAll(ImageKind.FDINFO, 2, List.of());
      images.commit();
    }
    assertThat(names()).containsExactly("inventory.img");
    assertThat(ImageSet.open(directory).all(ImageKind.FDINFO, 2, FdinfoEntry.parser())).isEmpty();
  }

  @Test
  void replacesTheOneBeforeWithAllItsFiles() throws IOException {
    dump(1);
    Files.writeString(directory.resolve("dump.log"), "kept");
    Files.writeString(directory.resolve("stats-dump"), "kept");
    Files.writeString(directory.resolve("descriptors.json"), "kept");
    dump(2);
    assertThat(names())
        .containsExactly(
            "descriptors.json",
            "dump.log",
            "inventory.img",
            "pages-2.img",
            "pstree.img",
            "seccomp.img",
            "stats-dump");
    assertThat(ImageSet.open(directory).all(ImageKind.PSTREE, PstreeEntry.parser()))
        .containsExactly(process(2));
  }

  /** So at no moment in between does the directory look like a checkpoint. */
  @Test
  void movesTheOldInventoryFirstAndTheNewOneLast() throws Exception {
    dump(1);
    try (ImageSetWriter images = ImageSetWriter.create(directory);
        WatchService watch = directory.getFileSystem().newWatchService()) {
      images.write(ImageKind.INVENTORY, INVENTORY);
      images.writeAll(ImageKind.PSTREE, List.of(process(2)));
      images.writeAll(ImageKind.FDINFO, 2, List.of());
      images.write(ImageKind.SECCOMP, SeccompEntry.getDefaultInstance());
      WatchKey key =
          directory.register(
              watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
      images.commit();
      List<String> events = new ArrayList<>();
      while (!events.contains("ENTRY_CREATE inventory.img")) {
        assertThat(watch.poll(10, TimeUnit.SECONDS)).as("events after %s", events).isNotNull();
        for (WatchEvent<?> event : key.pollEvents())
          events.add(event.kind() + " " + event.context());
        key.reset();
      }
      events.removeIf(event -> event.contains(".stasis-"));
      assertThat(events)
          .startsWith("ENTRY_DELETE inventory.img")
          .endsWith("ENTRY_CREATE inventory.img")
          .contains(
              "ENTRY_DELETE pstree.img", "ENTRY_CREATE pstree.img", "ENTRY_DELETE pages-1.img");
    }
  }

  @Test
  void leavesTheOneBeforeWhenAborted() throws IOException {
    dump(1);
    List<String> before = names();
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      images.write(ImageKind.INVENTORY, INVENTORY);
      images.writeAll(ImageKind.PSTREE, List.of(process(2)));
      images.abort();
    }
    assertThat(names()).isEqualTo(before);
    assertThat(ImageSet.open(directory).all(ImageKind.PSTREE, PstreeEntry.parser()))
        .containsExactly(process(1));
  }

  @Test
  void putsTheOneBeforeBackWhenTheCommitFails() throws IOException {
    dump(1);
    List<String> before;
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      // A directory with something in it can't be replaced by a file.
      Files.createDirectories(directory.resolve("tty-info.img/in-the-way"));
      before = visibleNames();
      images.write(ImageKind.INVENTORY, INVENTORY);
      images.writeAll(ImageKind.PSTREE, List.of(process(2)));
      images.write(ImageKind.SECCOMP, SeccompEntry.getDefaultInstance());
      Files.createFile(images.staged(ImageKind.TTY_INFO));
      images.linkParent(Path.of("../parent"));
      assertThatThrownBy(images::commit)
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("tty-info.img")
          .hasNoSuppressedExceptions();
    }
    assertThat(names()).isEqualTo(before);
    assertThat(ImageSet.open(directory).all(ImageKind.PSTREE, PstreeEntry.parser()))
        .containsExactly(process(1));
  }

  @Test
  void isNoneWithoutAnInventory() throws IOException {
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      images.writeAll(ImageKind.PSTREE, List.of(process(1)));
      assertThatThrownBy(images::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("no inventory");
    }
    Files.createFile(directory.resolve("core-1.img"));
    assertThatThrownBy(() -> ImageSet.open(directory))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("inventory.img: found no such file")
        .hasMessageContaining("the inventory that every completed dump has");
  }

  @Test
  void waitsForItsWriters() throws IOException {
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      images.write(ImageKind.INVENTORY, INVENTORY);
      ImageWriter open = images.open(ImageKind.PSTREE);
      open.write(process(1));
      assertThatThrownBy(images::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("still being written");
      open.close();
      open.close();
      images.commit();
    }
    assertThat(names()).containsExactly("inventory.img", "pstree.img");
  }

  @Test
  void takesAwayWhatAKilledWriterLeft() throws Exception {
    Process killed = TestJvm.start(Abandoned.class, "64m", directory.toString());
    try {
      assertThat(killed.inputReader().readLine()).isEqualTo("written");
      assertThat(names()).hasSize(1).allMatch(name -> name.startsWith(".stasis-set-"));
      assertThatThrownBy(() -> ImageSetWriter.create(directory))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("another dump is being written here");
    } finally {
      killed.destroyForcibly().waitFor();
    }
    assertThat(visibleNames()).isEmpty();
    dump(3);
    assertThat(names())
        .containsExactly("inventory.img", "pages-3.img", "pstree.img", "seccomp.img");
  }

  /** Writes a set and waits to be killed. */
  static final class Abandoned {
    private Abandoned() {}

    public static void main(String[] args) throws Exception {
      ImageSetWriter images = ImageSetWriter.create(Path.of(args[0]));
      images.write(ImageKind.INVENTORY, INVENTORY);
      images.writeAll(ImageKind.PSTREE, List.of(process(9)));
      System.out.println("written");
      System.out.flush();
      System.in.read();
      images.commit();
    }
  }

  @Test
  void keepsOthersOutOfTheDirectory() throws IOException {
    try (ImageSetWriter first = ImageSetWriter.create(directory)) {
      assertThatThrownBy(() -> ImageSetWriter.create(directory))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("another dump is being written here");
      first.write(ImageKind.INVENTORY, INVENTORY);
      first.commit();
    }
    assertThat(names()).containsExactly("inventory.img");
  }

  @Test
  void standsTheOneOfAPageServerBesideIt() throws IOException {
    dump(1);
    try (ImageSetWriter images = ImageSetWriter.create(directory);
        ImageSetWriter pages = ImageSetWriter.createForPages(directory)) {
      try (FileChannel file = pages.openRaw(ImageKind.PAGES, 1)) {
        file.write(ByteBuffer.allocate(8192));
      }
      assertThatThrownBy(() -> pages.write(ImageKind.INVENTORY, INVENTORY))
          .isInstanceOf(IllegalArgumentException.class);
      pages.commit();
      images.write(ImageKind.INVENTORY, INVENTORY);
      images.commit();
    }
    assertThat(names()).containsExactly("inventory.img", "pages-1.img");
    assertThat(directory.resolve("pages-1.img")).hasSize(8192);
  }

  @Test
  void linksItsParentUnlessThereIsALink() throws IOException {
    Path before = Files.createDirectory(directory.resolve("before"));
    Path after = Files.createDirectory(directory.resolve("after"));
    for (String text : new String[] {"../before", "elsewhere"}) {
      try (ImageSetWriter images = ImageSetWriter.create(after)) {
        images.write(ImageKind.INVENTORY, INVENTORY);
        images.linkParent(Path.of(text));
        images.commit();
      }
    }
    assertThat(Files.readSymbolicLink(after.resolve("parent"))).isEqualTo(Path.of("../before"));
    ImageDirectory parent = new ImageDirectory(after).parent();
    assertThat(parent).isNotNull();
    assertThat(parent.path()).isDirectory();
    assertThat(new ImageDirectory(before).parent()).isNull();
    Files.delete(before);
    assertThatThrownBy(() -> new ImageDirectory(after).parent())
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("found ../before");
  }

  @Test
  void writesMessagesOfAnySize() throws IOException {
    SeccompEntry.Builder filters = SeccompEntry.newBuilder();
    for (int length : new int[] {0, 8, 8192, 8180, 100_000}) {
      filters.addSeccompFilters(
          SeccompFilter.newBuilder().setFilter(ByteString.copyFrom(new byte[length])));
    }
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      images.write(ImageKind.INVENTORY, INVENTORY);
      images.write(ImageKind.SECCOMP, filters.build());
      images.commit();
    }
    assertThat(ImageSet.open(directory).read(ImageKind.SECCOMP, SeccompEntry.parser()))
        .isEqualTo(filters.build());
  }
}
