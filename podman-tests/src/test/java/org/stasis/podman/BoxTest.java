package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A tree in namespaces that nobody but the engine makes")
@Tag("container")
class BoxTest {
  /**
   * Sets a box up, dumps and restores it, and prints what it has then. $BOX is a directory of its
   * own, $CRIU the program under test.
   */
  private static final String SCRIPT =
      """
      set -eu
      outer=stasis$$
      bridge=sbridge$$
      inside=
      root=$BOX/root
      images=$BOX/images
      log=$BOX/log

      clean() {
        status=$?
        [ -z "$inside" ] || kill -9 "$inside" 2>/dev/null || true
        if [ "$status" != 0 ]; then grep -h rror "$images"/*.log || true; fi
        ip link del "$outer" 2>/dev/null || true
        ip link del "$bridge" 2>/dev/null || true
        umount -l "$root" 2>/dev/null || true
      }
      trap clean EXIT

      await() { # until the box has printed a number of lines
        tries=0
        until [ "$(wc -l <"/proc/$inside/root/tmp/out")" -ge "$1" ]; do
          tries=$((tries + 1))
          [ "$tries" -lt 600 ] || { echo "the box printed nothing"; exit 1; }
          sleep 0.1
        done 2>/dev/null
      }

      mkdir -p "$root/bin" "$root/proc" "$root/dev" "$root/tmp" "$root/old" "$images"
      cp /bin/busybox "$root/bin/"
      for tool in sh sleep hostname; do ln -s busybox "$root/bin/$tool"; done
      cat >"$BOX/box.sh" <<'END'
      mount --bind "$1" "$1"
      cd "$1"
      mount -t proc proc proc
      mount -t tmpfs tmpfs tmp
      mount -t tmpfs -o mode=755 dev dev
      mknod dev/null c 1 3
      hostname boxed
      ip link set lo up
      pivot_root . old
      /bin/busybox umount -l /old
      exec /bin/busybox setsid /bin/sh -c '
        exec </dev/null >/tmp/out 2>&1
        i=0
        while :; do i=$((i + 1)); echo $i $(hostname); sleep 0.1; done'
      END
      unshare --mount --pid --fork --uts --ipc --net --propagation private \\
        sh "$BOX/box.sh" "$root" </dev/null >"$log" 2>&1 &
      until inside=$(pgrep -P $!); do sleep 0.1; done
      await 3
      ip link add "$outer" type veth peer name eth0 netns "$inside" address 02:00:00:00:00:77
      ip link set "$outer" up
      nsenter -t "$inside" -n sh -e -c '
        ip addr add 10.77.0.2/24 dev eth0
        ip link set eth0 up
        ip route add default via 10.77.0.1
        ip route add 10.78.0.0/16 via 10.77.0.1 table 100
        echo 1 >/proc/sys/net/ipv4/conf/eth0/accept_local
        ! command -v nft >/dev/null || nft add table inet mine'

      "$CRIU" dump -t "$inside" -D "$images" -o dump.log --external "veth[eth0]:$outer"
      inside=
      ip link del "$outer" 2>/dev/null || true
      mount --bind "$root" "$root"
      mount --make-private "$root"
      ip link add "$bridge" type bridge
      "$CRIU" restore -d -D "$images" -o restore.log --root "$root" --pidfile "$BOX/pid" \\
        --external "veth[eth0]:$outer@$bridge"
      inside=$(cat "$BOX/pid")
      lines=$(wc -l <"/proc/$inside/root/tmp/out")
      await $((lines + 3))

      echo "outside: $(ip -o link show "$outer" | grep -o "master $bridge" | cut -d ' ' -f 1)"
      sed 's/^/box: /' "/proc/$inside/root/tmp/out"
      nsenter -t "$inside" -n sh -e -c '
        echo "link: $(cat /proc/sys/net/ipv4/conf/eth0/accept_local)" \\
          "$(ip -o link show eth0 | grep -o 02:00:00:00:00:77)"
        ip -o -4 addr | sed "s/^/address: /"
        ip route | sed "s/^/route: /"
        ip route show table 100 | sed "s/^/route 100: /"
        ! command -v nft >/dev/null || nft list tables | sed "s/^/firewall: /"'
      """;

  @RegisterExtension final Podman podman = new Podman();

  @Test
  void comesBackWithItsNetwork() {
    Peers.requireThat(Files.isExecutable(Path.of("/sbin/ip")), "iproute2 is not installed");
    Map<String, String> environment = new HashMap<>(podman.peers().environment());
    environment.put("BOX", podman.directory().toString());
    environment.put("CRIU", podman.peers().criuDirectory().resolve("criu").toString());

    List<String> said =
        Command.of(List.of("sh", "-c", SCRIPT), environment)
            .run()
            .orFail()
            .output()
            .lines()
            .toList();

    assertThat(said)
        .contains("outside: master", "link: 1 02:00:00:00:00:77")
        .contains("route: default via 10.77.0.1 dev eth0 ")
        .contains("route 100: 10.78.0.0/16 via 10.77.0.1 dev eth0 ")
        .anyMatch(
            line ->
                line.startsWith("address: ")
                    && line.contains(" eth0 ")
                    && line.contains(" 10.77.0.2/24 "));
    if (Files.isExecutable(Path.of("/usr/sbin/nft"))) {
      assertThat(said).contains("firewall: table inet mine");
    }
    List<String> counted = said.stream().filter(line -> line.startsWith("box: ")).toList();
    for (int i = 0; i < counted.size(); i++) {
      assertThat(counted.get(i)).isEqualTo("box: " + (i + 1) + " boxed");
    }
  }
}
