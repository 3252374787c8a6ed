package dev.gander.doctor;

import dev.gander.config.DnsSettings.Bind;
import dev.gander.config.Endpoint;
import dev.gander.config.Settings;
import dev.gander.daemon.PortHolder;
import dev.gander.daemon.PortHolder.Holder;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Who listens where gander is to listen, and who answers port 53 beside it. */
final class PortCheck {

  private static final int DNS = 53;
  private static final String SUBJECT = "port";
  private static final String STUB =
      """
      mkdir -p /etc/systemd/resolved.conf.d
      printf '[Resolve]\\nDNSStubListener=no\\n' > /etc/systemd/resolved.conf.d/gander.conf
      systemctl restart systemd-resolved
      """;

  private final Settings settings;
  private final DaemonCheck daemon;
  private final Report report;

  PortCheck(Settings settings, DaemonCheck daemon, Report report) {
    this.settings = settings;
    this.daemon = daemon;
    this.report = report;
  }

  void look() {
    for (Bind bind : settings.dns().bind()) {
      for (String protocol : protocols(bind)) {
        look(bind, protocol);
      }
    }
    localResolvers();
  }

  private static List<String> protocols(Bind bind) {
    List<String> protocols = new ArrayList<>();
    switch (bind.protocol()) {
      case TCP_UDP -> protocols.addAll(List.of("udp", "tcp"));
      case UDP, H3, QUIC -> protocols.add("udp");
      case TCP, TLS, HTTPS -> protocols.add("tcp");
    }
    return protocols;
  }

  private void look(Bind bind, String protocol) {
    InetSocketAddress endpoint =
        new InetSocketAddress(InetAddress.ofLiteral(bind.host()), bind.port());
    String what = protocol + " " + Endpoint.text(endpoint);
    List<String> holders =
        PortHolder.all(protocol, bind.port()).stream()
            .filter(holder -> overlap(holder.address(), endpoint.getAddress()))
            .map(Holder::who)
            .toList();
    if (bind.port() != 0 && holders.stream().anyMatch(this::isDaemon)) {
      report.ok(SUBJECT, what + " is the daemon's");
    } else if (bind.port() != 0 && !holders.isEmpty()) {
      String who = holders.getFirst().isEmpty() ? "another process" : holders.getFirst();
      report.wrong(SUBJECT, what + " is taken by " + who, remedy(who, bind));
    } else {
      tryOut(protocol, endpoint, what, bind);
    }
  }

  private boolean isDaemon(String who) {
    return daemon.isRunning() && who.endsWith("(pid " + daemon.pid() + ")");
  }

  private static boolean overlap(InetAddress one, InetAddress other) {
    return one.equals(other)
        || (one.isAnyLocalAddress() && (one.getAddress().length == 16 || sameFamily(one, other)))
        || (other.isAnyLocalAddress()
            && (other.getAddress().length == 16 || sameFamily(one, other)));
  }

  private static boolean sameFamily(InetAddress one, InetAddress other) {
    return one.getAddress().length == other.getAddress().length;
  }

  private static String remedy(String who, Bind bind) {
    if (who.startsWith("systemd-resolve")) {
      return STUB;
    }
    String name = who.contains(" (") ? who.substring(0, who.indexOf(" (")) : "NAME";
    return "systemctl disable --now %s    # or another port in %s".formatted(name, bind.place());
  }

  /** Binding tells of addresses and rights, too; it lasts no longer than the question. */
  private void tryOut(String protocol, InetSocketAddress endpoint, String what, Bind bind) {
    try {
      if (protocol.equals("udp")) {
        new DatagramSocket(endpoint).close();
      } else {
        try (ServerSocket socket = new ServerSocket()) {
          socket.setReuseAddress(true);
          socket.bind(endpoint);
        }
      }
      report.ok(SUBJECT, what + " is free");
    } catch (SocketException e) {
      String why = String.valueOf(e.getMessage());
      boolean denied = why.toLowerCase(Locale.ROOT).contains("permission");
      report.wrong(
          SUBJECT,
          what + " cannot be had: " + why,
          denied
              ? "setcap cap_net_bind_service=+ep …    # or the service: AmbientCapabilities="
                  + "CAP_NET_BIND_SERVICE"
              : "ip -br addr    # and correct " + bind.place());
    } catch (IOException e) {
      report.warning(SUBJECT, what + " cannot be tried: " + e.getMessage(), "");
    }
  }

  /** Clients and programs that ask them do not ask gander. */
  private void localResolvers() {
    boolean lan = !settings.global().lanInterfaces().isEmpty();
    boolean wan = !settings.global().wanInterfaces().isEmpty();
    if (!lan && !wan) {
      return;
    }
    Set<String> told = new LinkedHashSet<>();
    for (Holder holder : PortHolder.all("udp", DNS)) {
      String who = holder.who().isEmpty() ? "a process" : holder.who();
      if (isDaemon(holder.who()) || !told.add(who + holder.address().isLoopbackAddress())) {
        continue;
      }
      if (holder.address().isLoopbackAddress()) {
        stub(who, holder.address(), wan);
      } else if (lan && !settings.global().hijackLocalDns()) {
        report.warning(
            SUBJECT,
            "%s answers port 53 of this machine's addresses: clients that ask it do not ask gander"
                .formatted(who),
            "global { hijack_local_dns: true }");
      }
    }
  }

  private void stub(String who, InetAddress address, boolean wan) {
    if (!wan) {
      return;
    }
    String asks = "programs that ask " + Endpoint.text(address) + " are answered by " + who;
    if (who.startsWith("systemd-resolve")) {
      report.warning(
          "stub", asks + ": what it asks is taken, but pname() sees it and not them", STUB);
    } else {
      report.ok("stub", asks + ", whose own questions are taken");
    }
  }
}
