package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("nginx under a request loop on loopback")
@Tag("container")
@Tag("any-runtime")
class NginxTest {
  private static final int ROUNDS = 3;

  /** Every request is a connection of its own; the first that fails ends the container. */
  private static final String REQUESTS =
      """
      mkdir /www && echo page >/www/index.html
      cat >/nginx.conf <<END
      user nobody nogroup;
      worker_processes 2;
      daemon off;
      error_log stderr;
      pid /run/nginx.pid;
      events {}
      http { access_log off; server { listen 127.0.0.1:8080; root /www; } }
      END
      nginx -c /nginx.conf &
      until wget -q -O /dev/null http://127.0.0.1:8080/ 2>/dev/null; do sleep 0.1; done
      i=0
      while [ "$(wget -q -O - http://127.0.0.1:8080/)" = page ]; do i=$((i+1)); echo $i; done
      echo "request $i failed" >&2
      """;

  @RegisterExtension final Podman podman = new Podman();

  @Test
  void answersEveryRequest() {
    podman.peers().requireCriuThatDumpsTcp();
    Container container =
        podman.start("--network", podman.network(), podman.image("nginx"), "sh", "-c", REQUESTS);
    container.awaitNumber(50);
    for (int round = 0; round < ROUNDS; round++) {
      container.checkpoint("--tcp-established");
      long last = container.lastNumber();

      container.restore("--tcp-established");

      Counting.assertUnbroken(container.awaitNumber(last + 50));
    }
    assertThat(container.exec("sh", "-c", "pidof nginx | wc -w")).isEqualTo("3");
  }
}
