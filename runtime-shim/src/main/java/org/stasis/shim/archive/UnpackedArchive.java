package org.stasis.shim.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An archive that was unpacked: its parts under their names.
 *
 * @param directory where they are
 * @param layout whose archive it is; null when none of the tools that are known
 * @param facts what it tells of the container
 * @param verified whether it had checksums; those it had were right
 */
public record UnpackedArchive(
    Path directory, @Nullable Layout layout, ContainerFacts facts, boolean verified) {

  /**
   * Looks at the parts in a directory.
   *
   * @param directory where an archive was unpacked
   * @param verified whether it had checksums
   * @return what they tell
   * @throws IOException when there is no checkpoint, or a part cannot be read
   */
  static UnpackedArchive of(Path directory, boolean verified) throws IOException {
    boolean last = Files.isDirectory(directory.resolve(Part.CHECKPOINT));
    if (!last && !Files.isDirectory(directory.resolve("pre-checkpoint"))) {
      throw new ArchiveException(
          "it is no archive of a checkpoint: it has no directory checkpoint");
    }
    ContainerFacts facts = ContainerFacts.UNKNOWN;
    Layout layout = null;
    Path config = directory.resolve(Part.CONFIG);
    if (Files.exists(config)) {
      facts = ContainerFacts.of(Json.object(read(config), Part.CONFIG));
    }
    Path spec = directory.resolve(Part.SPEC);
    if (Files.exists(spec)) {
      Bundle bundle = Bundle.of(read(spec), Part.SPEC);
      layout = Layout.ofAnnotations(bundle.annotations());
      facts = facts.or(ContainerFacts.ofAnnotations(bundle.annotations()));
    }
    return new UnpackedArchive(directory, layout, facts, verified);
  }

  /** A part that is looked at as a whole. */
  static byte[] read(Path part) throws IOException {
    long most = 64L << 20;
    if (Files.size(part) > most) {
      throw new ArchiveException(part.getFileName() + " is larger than " + most + " bytes");
    }
    return Files.readAllBytes(part);
  }

  UnpackedArchive in(Path place) {
    return new UnpackedArchive(place, layout, facts, verified);
  }

  /**
   * The images.
   *
   * @return their directory; it is not there in podman's archives of a pre-dump
   */
  public Path images() {
    return directory.resolve(Part.CHECKPOINT);
  }

  /**
   * The specification that the container was made by.
   *
   * @return a file in the form of {@code config.json}; not in every archive
   */
  public Path spec() {
    return directory.resolve(Part.SPEC);
  }

  /**
   * The changes of the container's root directory.
   *
   * @return a tar archive; not there when nothing was changed
   */
  public Path rootfsChanges() {
    return directory.resolve(Part.CHANGES);
  }
}
