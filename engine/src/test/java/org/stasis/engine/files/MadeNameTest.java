package org.stasis.engine.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.UndoStep;
import org.stasis.engine.spi.Stage;

@DisplayName("A name that a restore makes")
class MadeNameTest {
  @TempDir private Path images;
  @TempDir private Path folder;
  private final OwnTree tree = new OwnTree();
  private TestPlanner planner;

  @BeforeEach
  void plan() {
    planner = new TestPlanner(images);
  }

  @AfterEach
  void close() throws Exception {
    tree.close();
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private void mounted() throws Exception {
    tree.run(planner.actions(Stage.MOUNTED));
  }

  @Test
  void goesWithTheDirectoriesAboveIt() throws Exception {
    MadeName.planPassing(UndoStep.Kind.RMDIR, path("one"), planner);
    MadeName.planPassing(UndoStep.Kind.RMDIR, path("one/two"), planner);
    MadeName.planPassing(UndoStep.Kind.UNLINK, path("one/two/file"), planner);
    mounted();
    assertThat(tree.steps()).containsExactly("RMDIR one", "RMDIR one/two", "UNLINK one/two/file");
    Files.createDirectories(folder.resolve("one/two"));
    Files.createFile(folder.resolve("one/two/file"));
    tree.undo();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void staysWhenItWasThereBefore() throws Exception {
    Files.createFile(folder.resolve("file"));
    MadeName.planPassing(UndoStep.Kind.UNLINK, path("file"), planner);
    MadeName.planLasting(path("file"), planner);
    mounted();
    assertThat(tree.steps()).isEmpty();
  }

  @Test
  void isForgottenOnceItIsGone() throws Exception {
    MadeName.planPassing(UndoStep.Kind.UNLINK, path("file"), planner);
    MadeName.planLasting(path("socket"), planner);
    mounted();
    tree.run(planner.actions(Stage.FILTERS));
    assertThat(tree.steps()).containsExactly("UNLINK socket");
  }

  @Test
  void goesBackToItsOwner() throws Exception {
    Files.writeString(folder.resolve("name"), "theirs");
    MadeName.planBorrowed(path("name"), ".aside", planner);
    mounted();
    Files.move(folder.resolve("name"), folder.resolve("name.aside"));
    Files.writeString(folder.resolve("name"), "ours");
    tree.undo();
    assertThat(folder.resolve("name")).hasContent("theirs");
    assertThat(folder.resolve("name.aside")).doesNotExist();
  }

  @Test
  void goesWhenItWasBorrowedFromNobody() throws Exception {
    MadeName.planBorrowed(path("name"), ".aside", planner);
    mounted();
    Files.writeString(folder.resolve("name"), "ours");
    tree.undo();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void belowWhatIsNoDirectoryIsLeftToWhoeverFailsToMakeIt() throws Exception {
    Files.createFile(folder.resolve("file"));
    MadeName.planPassing(UndoStep.Kind.UNLINK, path("file/below"), planner);
    mounted();
    tree.undo();
    assertThat(folder.resolve("file")).exists();
  }
}
