package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("PostgreSQL with a table of 100,000 rows")
@Tag("container")
@Tag("any-runtime")
class PostgresTest {
  private static final String PROGRAMS = "PATH=$(echo /usr/lib/postgresql/*/bin):$PATH; ";
  private static final String SERVER =
      PROGRAMS
          + "initdb -D /data/db -A trust -U stasis -E UTF8 --no-locale --no-sync >/tmp/initdb &&"
          + " exec postgres -D /data/db -k /tmp -c listen_addresses=";
  private static final String SUM =
      "select count(*), sum(length(t)), md5(string_agg(t, '')) from numbers";

  @RegisterExtension final Podman podman = new Podman();

  private static CommandResult ask(Container container, String sql) {
    return container.tryTool(
        "exec",
        container.name(),
        "sh",
        "-c",
        PROGRAMS + "psql -h /tmp -U stasis -At -c \"" + sql + "\" postgres");
  }

  private static String answer(Container container, String sql) {
    return ask(container, sql).orFail().line();
  }

  @Test
  void hasEveryRowAfterExportRemovalAndImport() {
    Container container =
        podman.start(
            "--network", "none", "--user", "nobody", podman.image("postgres"), "sh", "-c", SERVER);
    Eventually.get(
        "an answer of " + container.name(),
        () -> Optional.of(ask(container, "select 1")).filter(result -> result.exitStatus() == 0),
        () -> container.describe().getMessage());
    answer(
        container,
        "create table numbers as select n, md5(n::text) as t from generate_series(1, 100000) n");
    String sum = answer(container, SUM);
    assertThat(sum).startsWith("100000|3200000|");
    Path archive = container.export();

    Container restored = podman.restore(archive);

    assertThat(answer(restored, SUM)).isEqualTo(sum);
    answer(restored, "create index on numbers (t)");
    answer(restored, "insert into numbers values (100001, 'after')");
    restored.checkpoint();
    restored.restore();
    assertThat(answer(restored, "select n from numbers where t = 'after'")).isEqualTo("100001");
    assertThat(answer(restored, "select count(*) from numbers")).isEqualTo("100001");
  }
}
