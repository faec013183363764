package org.stasis.engine.regular;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.files.OwnTree;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestCapture;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.options.External;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.GhostChunkEntry;
import org.stasis.images.proto.GhostFileEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.RemapFilePathEntry;
import org.stasis.images.proto.RemapType;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;

@DisplayName("A file that its name does not lead to")
class RemapsTest {
  @TempDir Path directory;
  @TempDir Path images;

  private static FileEntry file(int id, String name, int flags) {
    return FileEntry.newBuilder()
        .setType(FdTypes.REG)
        .setId(id)
        .setReg(
            RegFileEntry.newBuilder()
                .setId(id)
                .setFlags(flags)
                .setPos(0)
                .setFown(Owners.NOBODY)
                .setName(name))
        .build();
  }

  private static void remap(ImageSetWriter to, RemapType type, int target, int... files)
      throws IOException {
    List<RemapFilePathEntry> entries = new ArrayList<>();
    for (int file : files) {
      entries.add(
          RemapFilePathEntry.newBuilder()
              .setOrigId(file)
              .setRemapId(target)
              .setRemapType(type)
              .build());
    }
    to.writeAll(ImageKind.REMAP_FPATH, entries);
  }

  private static RegularFiles begun(TestPlanner planner) throws Exception {
    RegularFiles files = new RegularFiles();
    files.begin(planner);
    return files;
  }

  @Test
  void isMadeFromItsImageAndLinkedToEachOfItsNames() throws Exception {
    TestPlanner planner =
        new TestPlanner(images)
            .images(
                to -> {
                  remap(to, RemapType.GHOST, 0x1f, 1, 2);
                  try (ImageWriter writer = to.open(ImageKind.GHOST_FILE, 0x1f)) {
                    writer.write(
                        GhostFileEntry.newBuilder()
                            .setUid(5)
                            .setGid(6)
                            .setMode(0104755)
                            .setSize(9000)
                            .setChunks(true)
                            .build());
                    writer.writeRecord(GhostChunkEntry.newBuilder().setOff(4096).setLen(3).build());
                    writer.writePayload(new byte[3]);
                  }
                })
            .file(file(1, "/d/one", Open.O_RDWR), 7)
            .file(file(2, "/d/two", Open.O_RDONLY), 8);
    List<String> operations = planner.plan(begun(planner)).operations();
    assertThat(operations)
        .satisfiesExactly(
            parent -> assertThat(parent).matches("mkdirat\\(-100, &channel.*, 448\\)"),
            left -> assertThat(left).matches("unlinkat\\(-100, &channel.*, 0\\)"),
            make -> assertThat(make).matches("openat\\(-100, &channel.*, 0x200c2, 384\\)"),
            size -> assertThat(size).isEqualTo("ftruncate(r2, 9000)"),
            seek -> assertThat(seek).isEqualTo("lseek(r2, 4096, 0)"),
            send -> assertThat(send).matches("sendfile\\(r2, 50, &channel.*, 3\\)"),
            owner -> assertThat(owner).isEqualTo("fchown(r2, 5, 6)"),
            mode -> assertThat(mode).isEqualTo("fchmod(r2, 2541)"),
            times -> assertThat(times).matches("utimensat\\(r2, 0, &channel.*, 0\\)"),
            close -> assertThat(close).isEqualTo("close(r2)"),
            link -> assertThat(link).startsWith("linkat("),
            free -> assertThat(free).isEqualTo("skip(r10, 3)"),
            own -> assertThat(own).startsWith("openat("),
            found -> assertThat(found).startsWith("store32("),
            over -> assertThat(over).isEqualTo("skip(0, 3)"),
            named -> assertThat(named).startsWith("openat("),
            found -> assertThat(found).startsWith("store32("),
            unlink -> assertThat(unlink).startsWith("unlinkat("),
            second -> assertThat(second).startsWith("linkat("),
            free -> assertThat(free).isEqualTo("skip(r18, 3)"),
            own -> assertThat(own).startsWith("openat("),
            found -> assertThat(found).startsWith("store32("),
            over -> assertThat(over).isEqualTo("skip(0, 3)"),
            named -> assertThat(named).startsWith("openat("),
            found -> assertThat(found).startsWith("store32("),
            unlink -> assertThat(unlink).startsWith("unlinkat("),
            end -> assertThat(end).startsWith("unlinkat("),
            made -> assertThat(made).isEqualTo("skip(r0, 1)"),
            kept -> assertThat(kept).isEqualTo("skip(0, 1)"),
            removed -> assertThat(removed).matches("unlinkat\\(-100, &channel.*, 512\\)"));
    assertThat(planner.opened()).containsOnlyKeys(1, 2);
    assertThat(planner.provided()).containsExactly(images.resolve("ghost-file-1f.img"));
  }

  @Test
  void needsTheImageOfItsContent() throws Exception {
    TestPlanner planner =
        new TestPlanner(images)
            .images(to -> remap(to, RemapType.GHOST, 3, 1))
            .file(file(1, "/d/one", 0), 7);
    RegularFiles files = begun(planner);
    assertThatThrownBy(() -> planner.plan(files))
        .hasMessageContaining("reading ghost file 3")
        .hasMessageContaining("no such file");
  }

  @Test
  void isOpenedByTheNameItWasGivenAndLosesThatInTheEnd() throws Exception {
    Path link = Files.createFile(images.resolve("link_remap.9"));
    TestPlanner planner =
        new TestPlanner(images)
            .images(to -> remap(to, RemapType.LINKED, 9, 1))
            .file(file(1, "/one", Open.O_RDWR), 7)
            .known(file(9, link.toString(), 0));
    RegularFiles files = begun(planner);
    assertThat(planner.plan(files).operations().getFirst()).startsWith("linkat(");
    assertThat(files.clusters(file(1, "/one", 0))).containsExactly("LINKED 9");
    try (OwnTree tree = new OwnTree()) {
      tree.run(planner.actions(Stage.MOUNTED));
      assertThat(tree.steps())
          .as("another restore would need it")
          .noneMatch(step -> step.contains("link_remap"));
      assertThat(link).exists();
      files.beforeResuming(tree);
      assertThat(link).doesNotExist();
    }
  }

  @Test
  void isOpenedWhileItsProcessLivesOnceMore() throws Exception {
    TestPlanner planner =
        new TestPlanner(images)
            .images(to -> remap(to, RemapType.PROCFS, 77, 1))
            .file(file(1, "/proc/77/status", 0), 7);
    assertThat(planner.plan(begun(planner)).operations())
        .satisfiesExactly(
            pidfd -> assertThat(pidfd).startsWith("store64("),
            tid -> assertThat(tid).startsWith("store64("),
            birth -> assertThat(birth).matches("spawn\\(&channel.*, 88, program 0\\)"),
            open -> assertThat(open).startsWith("openat("),
            kill -> assertThat(kill).isEqualTo("kill(r2, 9)"),
            reap -> assertThat(reap).startsWith("wait4(r2, "),
            close -> assertThat(close).startsWith("close(int channel"));
  }

  @Test
  void isUnderstoodFromOldWriters() throws Exception {
    TestPlanner planner =
        new TestPlanner(images)
            .images(
                to ->
                    to.writeAll(
                        ImageKind.REMAP_FPATH,
                        List.of(
                            RemapFilePathEntry.newBuilder()
                                .setOrigId(1)
                                .setRemapId(0x80000002)
                                .build())));
    assertThat(Remaps.read(planner).find(file(1, "/f")))
        .isEqualTo(new Remaps.Remap(RemapType.GHOST, 2));
  }

  @Test
  void isKnownForAllFilesOfADeadProcessByOne() throws Exception {
    RemapFilePathEntry one =
        RemapFilePathEntry.newBuilder()
            .setOrigId(1)
            .setRemapId(77)
            .setRemapType(RemapType.PROCFS)
            .build();
    TestPlanner planner =
        new TestPlanner(images).images(to -> to.writeAll(ImageKind.REMAP_FPATH, List.of(one)));
    Remaps remaps = Remaps.read(planner);
    Remaps.Remap dead = new Remaps.Remap(RemapType.PROCFS, 77);
    assertThat(remaps.find(file(1, "/proc/77/status"))).isEqualTo(dead);
    assertThat(remaps.find(file(2, "/proc/77/maps"))).isEqualTo(dead);
    assertThat(remaps.find(file(3, "/proc/77"))).isEqualTo(dead);
    assertThat(remaps.find(file(4, "/proc/777/maps"))).isNull();
    assertThat(remaps.find(file(5, "/proc/version"))).isNull();
  }

  private static RegFileEntry file(int id, String name) {
    return RegFileEntry.newBuilder().setId(id).setName(name).buildPartial();
  }

  @Test
  void travelsInTheImagesOnceItIsDeleted() throws Exception {
    Path path = directory.resolve("ghost");
    try (Fd fd = Fd.open(path.toString(), Open.O_WRONLY | Open.O_CREAT, 0600)) {
      fd.writeFully("content".getBytes(UTF_8));
      Files.delete(path);
      TestCapture capture = new TestCapture(images, new RegularFiles()).file(fd).write();
      assertThat(capture.obstacles()).isEmpty();
      assertThat(capture.entry(1).getReg().getName()).isEqualTo(path.toString());
      try (ImageReader reader =
          ImageReader.open(images.resolve("ghost-file-1.img"), ImageKind.GHOST_FILE, null)) {
        assertThat(reader.single(GhostFileEntry.parser()).getSize()).isEqualTo(7);
        byte[] image = Files.readAllBytes(images.resolve("ghost-file-1.img"));
        assertThat(new String(image, image.length - 7, 7, UTF_8)).isEqualTo("content");
      }
    }
  }

  @Test
  void isAnObstacleWhenItIsTooLarge() throws Exception {
    Path path = directory.resolve("ghost");
    try (Fd fd = Fd.open(path.toString(), Open.O_WRONLY | Open.O_CREAT, 0600)) {
      fd.writeFully(new byte[10_000]);
      Files.delete(path);
      TestCapture capture = new TestCapture(images, new RegularFiles());
      capture.optionsBuilder().ghostLimitBytes(4096);
      assertThat(capture.file(fd).obstacles())
          .singleElement()
          .asString()
          .contains("more than the 4096 that may travel in the images; use --ghost-limit");
    }
  }

  @Test
  void isLinkedAnewOnlyWhenAskedTo() throws Exception {
    Path path = directory.resolve("first");
    try (Fd fd = Fd.open(path.toString(), Open.O_RDONLY | Open.O_CREAT, 0600)) {
      Files.createLink(directory.resolve("second"), path);
      Files.delete(path);
      TestCapture refused = new TestCapture(images, new RegularFiles()).file(fd);
      assertThat(refused.obstacles()).singleElement().asString().contains("use --link-remap");

      RegularFiles files = new RegularFiles();
      TestCapture capture = new TestCapture(images, files);
      capture.optionsBuilder().linkRemap(true);
      capture.file(fd).write();
      assertThat(directory).isDirectoryContaining("glob:**/link_remap.*");
      files.beforeLeaving();
      assertThat(directory).isDirectoryNotContaining("glob:**/link_remap.*");
    }
  }

  @Test
  void isLeftToTheCallerWhenItIsExternal() throws Exception {
    Path path = directory.resolve("outside");
    try (Fd fd = Fd.open(path.toString(), Open.O_RDONLY | Open.O_CREAT, 0600)) {
      Files.delete(path);
      TestCapture capture = new TestCapture(images, new RegularFiles());
      int mount = (int) fd.stat().mountId();
      capture.optionsBuilder().externals(List.of(new External.OpenFile(mount, fd.stat().inode())));
      RegFileEntry entry = capture.file(fd).entry(1).getReg();
      assertThat(entry.getExt()).isTrue();
      assertThat(entry.getName()).isEqualTo("file[%x:%x]".formatted(mount, fd.stat().inode()));
    }
  }

  @Test
  void isFoundByTheNameItHasNow() throws Exception {
    Path path = directory.resolve("file");
    try (Fd fd = Fd.open(path.toString(), Open.O_RDONLY | Open.O_CREAT, 0600)) {
      Files.move(path, directory.resolve("moved"));
      Files.createFile(path);
      TestCapture capture = new TestCapture(images, new RegularFiles()).file(fd);
      assertThat(capture.entry(1).getReg().getName())
          .isEqualTo(directory.resolve("moved").toString());
    }
  }
}
