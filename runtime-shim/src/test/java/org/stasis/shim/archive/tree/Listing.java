package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.stasis.linux.Directory;
import org.stasis.linux.ExtendedAttributes;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;

/** All that can be told of a tree, to compare it with another. */
final class Listing {
  private static final int FLAGS = Open.O_RDONLY | Open.O_NOFOLLOW | Open.O_CLOEXEC;

  private final Map<String, String> files = new TreeMap<>();
  private final Map<Long, String> firstNames = new HashMap<>();

  private Listing() {}

  static Map<String, String> of(String path) throws IOException {
    Listing listing = new Listing();
    try (Fd root = Fd.openDirectory(path)) {
      listing.below(root, "");
    }
    return listing.files;
  }

  private void below(Fd directory, String path) throws IOException {
    for (String name :
        Directory.list(directory).stream().map(Directory.Entry::name).sorted().toList()) {
      Stat stat = Stat.ofLink(directory, name);
      String here = path + name;
      files.put(here, describe(directory, name, stat, here));
      if (stat.type() == Stat.S_IFDIR) {
        try (Fd down = directory.openAt(name, FLAGS | Open.O_DIRECTORY, 0)) {
          below(down, here + "/");
        }
      }
    }
  }

  private String describe(Fd directory, String name, Stat stat, String path) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(Integer.toOctalString(stat.mode())).append(' ');
    text.append(stat.uid()).append(':').append(stat.gid()).append(' ').append(stat.represents());
    Map<String, String> attributes = new TreeMap<>();
    for (String each : ExtendedAttributes.list(directory, name)) {
      attributes.put(each, Arrays.toString(ExtendedAttributes.get(directory, name, each)));
    }
    text.append(' ').append(attributes);
    if (stat.type() != Stat.S_IFDIR) {
      text.append(' ').append(stat.modified());
      String first = firstNames.putIfAbsent(stat.inode(), path);
      if (stat.links() > 1) {
        text.append(" same as ").append(first == null ? path : first);
      }
    }
    if (stat.type() == Stat.S_IFLNK) {
      text.append(" -> ").append(Names.readLink(directory, name));
    } else if (stat.type() == Stat.S_IFREG) {
      byte[] content = new byte[(int) stat.size()];
      try (Fd file = directory.openAt(name, FLAGS, 0)) {
        for (int done = 0; done < content.length; ) {
          done += file.read(content, done, content.length - done);
        }
      }
      text.append(" size ")
          .append(content.length)
          .append(" hash ")
          .append(Arrays.hashCode(content));
    }
    return text.toString();
  }
}
