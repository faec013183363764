package org.stasis.engine.tcp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.inet.InetAddress;
import org.stasis.images.proto.InetSkEntry;

/**
 * The rules that a dump by CRIU leaves behind for each connection when it was told to use iptables:
 * one in INPUT and one in OUTPUT. Only iptables(8) knows where they are, so it has to be there; if
 * it is not, nobody can have made them.
 */
final class IptablesRules {
  private static final Logger LOG = LoggerFactory.getLogger(IptablesRules.class);

  private IptablesRules() {}

  /** Removes the rules, where there are any; in the calling thread's network namespace. */
  static void remove(List<InetSkEntry> sockets) {
    for (InetSkEntry socket : sockets) {
      InetAddress source = InetAddress.source(socket);
      InetAddress destination = InetAddress.destination(socket);
      remove("INPUT", destination, source);
      remove("OUTPUT", source, destination);
    }
  }

  private static void remove(String chain, InetAddress from, InetAddress to) {
    boolean six = from.network().length > 4;
    List<String> command = new ArrayList<>(List.of(six ? "ip6tables" : "iptables"));
    command.addAll(List.of("-w", "-t", "filter", "-D", chain, "--protocol", "tcp"));
    command.addAll(List.of("-m", "mark", "!", "--mark", Integer.toString(ConnectionLock.MARK)));
    command.addAll(List.of("--source", from.host(), "--sport", Integer.toString(from.port())));
    command.addAll(List.of("--destination", to.host(), "--dport", Integer.toString(to.port())));
    command.addAll(List.of("-j", "DROP"));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      process.getInputStream().readAllBytes();
      LOG.debug("{}: {}", command, process.waitFor()); // not 0: there is no such rule
    } catch (IOException e) {
      LOG.debug("no {}: {}", command.getFirst(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
