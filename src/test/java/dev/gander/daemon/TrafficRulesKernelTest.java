package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traffic of a client through the router, by the rules of {@code routing}, with real sockets. */
@Tag("kernel")
class TrafficRulesKernelTest {

  /** Answers every datagram and every connection on the ports given. */
  private static final String SERVER =
      """
      import socket, sys, threading
      def serve_udp(port, address):
          family = socket.AF_INET6 if ':' in address else socket.AF_INET
          s = socket.socket(family, socket.SOCK_DGRAM)
          s.bind((address, port))
          while True:
              data, peer = s.recvfrom(2048)
              s.sendto(data, peer)
      def serve_tcp(port, address):
          family = socket.AF_INET6 if ':' in address else socket.AF_INET
          s = socket.socket(family, socket.SOCK_STREAM)
          s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
          s.bind((address, port))
          s.listen(64)
          while True:
              c, peer = s.accept()
              c.sendall(b'hello')
              c.close()
      for address in ('203.0.113.80', '2001:db8:2::80'):
          for port in (80, 443):
              threading.Thread(target=serve_udp, args=(port, address)).start()
              threading.Thread(target=serve_tcp, args=(port, address)).start()
      print('ready', flush=True)
      """;

  /** {@code PROTOCOL ADDRESS PORT SOURCE_PORT DSCP}: what a client sees of it, in a word. */
  private static final String CLIENT =
      """
      import errno, socket, sys
      protocol, address, port, source, dscp = sys.argv[1:6]
      family = socket.AF_INET6 if ':' in address else socket.AF_INET
      s = socket.socket(family, socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM)
      s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
      s.settimeout(float(sys.argv[6]))
      if family == socket.AF_INET:
          s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, int(dscp) << 2)
      else:
          s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, int(dscp) << 2)
      s.bind(('::' if family == socket.AF_INET6 else '0.0.0.0', int(source)))
      try:
          s.connect((address, int(port)))
          if protocol == 'udp':
              s.send(b'hello')
          print(s.recv(100).decode())
      except socket.timeout:
          print('silence')
      except OSError as e:
          print(errno.errorcode[e.errno])
      """;

  private static final String FOUR = "203.0.113.80";
  private static final String SIX = "2001:db8:2::80";
  private static final String PASSED = "hello";

  @TempDir private Path folder;
  private RouterLab lab;
  private String clientMac = "";

  @BeforeEach
  void build() throws Exception {
    lab = new RouterLab("t", folder.resolve("t"));
    lab.must("ip netns exec %r sysctl -qw net.ipv6.conf.all.forwarding=1");
    lab.must("ip -n %i -6 route add default via 2001:db8:2::1");
    lab.must("ip -n %i addr add 203.0.113.80/24 dev eth0");
    lab.must("ip -n %i addr add 2001:db8:2::80/64 dev eth0 nodad");
    Files.writeString(folder.resolve("server.py"), SERVER);
    Files.writeString(folder.resolve("client.py"), CLIENT);
    lab.start("ip netns exec %i python3 " + folder.resolve("server.py"), "server.log");
    RouterLab.await(() -> lab.log("server").contains("ready"));
    Matcher mac = Pattern.compile("ether ([0-9a-f:]+)").matcher(lab.run("ip -n %c link show eth0"));
    assertThat(mac.find()).isTrue();
    clientMac = mac.group(1);
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  private static String configuration(String global, String... rules) {
    return """
    global {
      lan_interface: lan0
      %s
    }
    group { proxy { policy: min } }
    dns {
      upstream { it: 'udp://203.0.113.53:53' }
      routing { request {
        qname(full: refused.example) -> reject
        fallback: it
      } }
    }
    routing {
      %s
    }
    """
        .formatted(global, String.join("\n  ", rules));
  }

  private void rules(String... rules) throws Exception {
    Progress outcome = lab.reload(configuration("", rules));
    assertThat(outcome.code()).as(outcome.text()).isEqualTo(Progress.Code.DONE);
  }

  private String tcp(String address, int port, int source, int dscp) throws Exception {
    return attempt("tcp", address, port, source, dscp, 10);
  }

  private String udp(String address, int port) throws Exception {
    return attempt("udp", address, port, 0, 0, 10);
  }

  private String attempt(
      String protocol, String address, int port, int source, int dscp, int seconds)
      throws Exception {
    return lab.run(
            "ip netns exec %c python3 "
                + folder.resolve("client.py")
                + " "
                + String.join(
                    " ",
                    protocol,
                    address,
                    String.valueOf(port),
                    String.valueOf(source),
                    String.valueOf(dscp),
                    String.valueOf(seconds)))
        .strip();
  }

  private long counter(String name) throws Exception {
    return lab.status().get("kernel") instanceof Map<?, ?> counters
            && counters.get(name) instanceof Number count
        ? count.longValue()
        : -1;
  }

  @Test
  void eachFunctionBlocksWhatItNamesAndNothingElse() throws Exception {
    lab.serve(configuration("", "fallback: direct"));
    for (String address : List.of(FOUR, SIX)) {
      boolean four = address.equals(FOUR);
      String client = four ? "192.0.2.2" : "'2001:db8:1::2'";
      String server = four ? FOUR : "'" + SIX + "'";
      String other = four ? "203.0.113.0/26" : "'2001:db8:2:8000::/49'";
      for (String[] terms :
          new String[][] {
            {"dip(" + server + ")", "dip(" + other + ")"},
            {"sip(" + client + ")", "sip(198.51.100.0/24, '2001:db8:7::/48')"},
            {"dport(80, 1000-2000)", "dport(81-442, 8080)"},
            {"sport(20000-20099)", "sport(1-19999)"},
            {"l4proto(tcp)", "l4proto(udp)"},
            {four ? "ipversion(4)" : "ipversion(6)", four ? "ipversion(6)" : "ipversion(4)"},
            {"mac('" + clientMac + "')", "mac('02:00:00:00:99:99')"},
            {"dscp(7)", "dscp(8, 63)"},
            {"!pname(curl)", "pname(curl)"},
          }) {
        rules(terms[0] + " && dport(80) -> block", "fallback: direct");
        assertThat(tcp(address, 80, 20001, 7)).as(terms[0]).isEqualTo("ECONNREFUSED");
        assertThat(tcp(address, 443, 20002, 7)).as(terms[0]).isEqualTo(PASSED);
        rules(terms[1] + " && dport(80) -> block", "fallback: direct");
        assertThat(tcp(address, 80, 20003, 7)).as(terms[1]).isEqualTo(PASSED);
        rules("!" + terms[1] + " && dport(80) -> block", "fallback: direct");
        assertThat(tcp(address, 80, 20004, 7)).as("!" + terms[1]).isEqualTo("ECONNREFUSED");
      }
    }
  }

  @Test
  void whatIsBlockedIsToldSoOrNot() throws Exception {
    lab.serve(configuration("", "dport(80) -> block", "fallback: direct"));
    assertThat(tcp(FOUR, 80, 0, 0)).isEqualTo("ECONNREFUSED");
    assertThat(tcp(SIX, 80, 0, 0)).isEqualTo("ECONNREFUSED");
    assertThat(udp(FOUR, 80)).isEqualTo("EHOSTUNREACH");
    assertThat(udp(SIX, 80)).isEqualTo("EACCES");
    assertThat(udp(FOUR, 443)).isEqualTo(PASSED);
    assertThat(udp(SIX, 443)).isEqualTo(PASSED);
    assertThat(counter("route_rejected")).isGreaterThanOrEqualTo(4);
    assertThat(counter("route_dropped")).isZero();

    lab.reload(configuration("block_with: drop", "dport(80) -> block", "fallback: direct"));
    assertThat(attempt("tcp", FOUR, 80, 0, 0, 1)).isEqualTo("silence");
    assertThat(attempt("udp", SIX, 80, 0, 0, 1)).isEqualTo("silence");
    assertThat(udp(SIX, 443)).isEqualTo(PASSED);
    assertThat(counter("route_dropped")).isGreaterThanOrEqualTo(2);
  }

  @Test
  void aMarkIsSeenByPolicyRoutingAndAGroupPasses() throws Exception {
    lab.must("ip -n %r rule add fwmark 0x21 table 77");
    lab.must("ip -n %r route add unreachable default table 77");
    lab.must("ip -n %r -6 rule add fwmark 0x21 table 77");
    lab.must("ip -n %r -6 route add unreachable default table 77");
    lab.serve(configuration("", "dport(80) -> direct(mark: 0x21)", "dport(443) -> proxy"));
    assertThat(tcp(FOUR, 80, 0, 0)).isEqualTo("EHOSTUNREACH");
    assertThat(attempt("udp", SIX, 80, 0, 0, 2)).isNotEqualTo(PASSED);
    assertThat(tcp(FOUR, 443, 0, 0)).isEqualTo(PASSED);
    assertThat(udp(SIX, 443)).isEqualTo(PASSED);
    assertThat(counter("route_marked")).isGreaterThanOrEqualTo(2);
    assertThat(counter("routed_to_group")).isGreaterThanOrEqualTo(2);
    assertThat(lab.log("run")).contains("only DNS goes by groups yet");
  }

  @Test
  void aQueryPassesByAMustRuleAndIsBlockedByABlock() throws Exception {
    lab.serve(configuration("", "dport(80) -> direct", "fallback: direct"));
    String refused = "refused.example A";
    assertThat(lab.ask("203.0.113.53", refused)).doesNotContain("203.0.113.80");
    for (String rule :
        List.of(
            "dip(203.0.113.53) -> must_direct",
            "dip(203.0.113.53) -> direct(must)",
            "sip(192.0.2.2) -> must_rules",
            "dip(203.0.113.53) && dport(53) -> must_proxy")) {
      long before = counter("passed_must");
      rules(rule, "fallback: direct");
      assertThat(lab.ask("203.0.113.53", refused)).as(rule).contains("203.0.113.80");
      assertThat(lab.ask("203.0.113.53", "+tcp " + refused)).as(rule).isNotEmpty();
      assertThat(counter("passed_must")).as(rule).isGreaterThan(before);
    }
    rules("dip(203.0.113.53) -> direct", "fallback: proxy");
    assertThat(lab.ask("203.0.113.53", refused)).doesNotContain("203.0.113.80");
    // Not the upstream's own address: the way to that would be blocked, too.
    rules("dip(198.51.100.9) -> block", "fallback: direct");
    assertThat(lab.ask("198.51.100.9", "a.example A")).doesNotContain("203.0.113.80");
    assertThat(lab.ask("198.51.100.1", "a.example A")).contains("203.0.113.80");
  }

  /** Two names have one address: this client's last question says which it is. */
  @Test
  void anAddressIsJudgedByTheNameThatThisClientAskedForLast() throws Exception {
    lab.serve(
        configuration(
            "", "domain(full: b.example, keyword: tracker) -> block", "fallback: direct"));
    assertThat(tcp(FOUR, 80, 0, 0)).isEqualTo(PASSED);
    for (int round = 0; round < 2; round++) {
      assertThat(lab.ask("198.51.100.1", "b.example A")).contains(FOUR);
      assertThat(lab.ask("198.51.100.1", "b.example AAAA")).contains(SIX);
      assertThat(tcp(FOUR, 80, 0, 0)).isEqualTo("ECONNREFUSED");
      assertThat(tcp(SIX, 443, 0, 0)).isEqualTo("ECONNREFUSED");
      assertThat(lab.ask("198.51.100.1", "a.example A")).contains(FOUR);
      assertThat(tcp(FOUR, 80, 0, 0)).isEqualTo(PASSED);
      assertThat(tcp(SIX, 80, 0, 0)).isEqualTo("ECONNREFUSED");
    }
    // Knowledge outlives a reload, and is judged by the new rules.
    rules("domain(a.example) -> block", "fallback: direct");
    assertThat(tcp(FOUR, 80, 0, 0)).isEqualTo("ECONNREFUSED");
    assertThat(tcp(SIX, 80, 0, 0)).isEqualTo(PASSED);
  }

  /** Answers to connections from outside are no flows of the client's own. */
  @Test
  void aConnectionFromOutsideIsNotJudged() throws Exception {
    Files.writeString(
        folder.resolve("inside.py"),
        SERVER.replace(FOUR, "192.0.2.2").replace(SIX, "2001:db8:1::2"));
    lab.start("ip netns exec %c python3 " + folder.resolve("inside.py"), "inside.log");
    RouterLab.await(() -> lab.log("inside").contains("ready"));
    lab.serve(configuration("", "sip(192.0.2.2) && l4proto(tcp) -> block", "fallback: direct"));
    assertThat(
            lab.run(
                    "ip netns exec %i python3 "
                        + folder.resolve("client.py")
                        + " tcp 192.0.2.2 80 0 0 10")
                .strip())
        .isEqualTo(PASSED);
    assertThat(tcp(FOUR, 80, 0, 0)).isEqualTo("ECONNREFUSED");
  }
}
