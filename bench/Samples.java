import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All times measured, in microseconds, by what was measured and by whom. */
final class Samples {
  private final Map<String, Map<String, List<Long>>> times = new LinkedHashMap<>();

  void add(String what, Contender contender, long micros) {
    times
        .computeIfAbsent(what, _ -> new LinkedHashMap<>())
        .computeIfAbsent(contender.name(), _ -> new ArrayList<>())
        .add(micros);
  }

  /** Medians with the range around them, and the ratio of the second contender's to the first's. */
  String table(Contender peer, Contender tested) {
    StringBuilder table = new StringBuilder();
    table.append("| %-38s | %26s | %26s | %6s |%n".formatted("ms: median (lowest to highest)", peer.name(), tested.name(), "ratio"));
    table.append("|%s|%s:|%s:|%s:|%n".formatted("-".repeat(40), "-".repeat(27), "-".repeat(27), "-".repeat(7)));
    times.forEach(
        (what, both) -> {
          List<Long> old = both.getOrDefault(peer.name(), List.of()).stream().sorted().toList();
          List<Long> now = both.getOrDefault(tested.name(), List.of()).stream().sorted().toList();
          String ratio =
              old.isEmpty() || now.isEmpty() ? "" : "%.2f".formatted((double) median(now) / median(old));
          table.append("| %-38s | %26s | %26s | %6s |%n".formatted(what, cell(old), cell(now), ratio));
        });
    return table.toString();
  }

  private static long median(List<Long> sorted) {
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String cell(List<Long> sorted) {
    return sorted.isEmpty()
        ? "failed"
        : "%.1f (%.1f to %.1f)".formatted(median(sorted) / 1e3, sorted.getFirst() / 1e3, sorted.getLast() / 1e3);
  }
}
