package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A {@link RouterLab} with servers in the internet, and scripts that try to reach them. The unbound
 * there listens over both families, and tells every name to gander's clients and others alike;
 * gander's own rules refuse {@code refused.example}, so that whoever gets it was let by.
 */
final class TrafficLab implements AutoCloseable {

  static final String FOUR = "203.0.113.80";
  static final String SIX = "2001:db8:2::80";
  static final String DNS_FOUR = "203.0.113.53";
  static final String DNS_SIX = "2001:db8:2::53";

  /** What attempts say. */
  static final String PASSED = "hello";

  static final String RESET = "ECONNREFUSED";
  static final String SILENCE = "silence";
  static final String TAKEN = "taken";

  private static final String ZONES =
      """
        interface: 2001:db8:2::53
        access-control: ::0/0 allow
        local-zone: "server.net." redirect
        local-data: "server.net. 300 IN A 203.0.113.53"
        local-data: "server.net. 300 IN AAAA 2001:db8:2::53"
      """;

  /** {@code ADDRESSES PORTS}: echoes datagrams, greets connections. */
  private static final String SERVER =
      """
      import socket, sys, threading
      def opened(kind, port, address):
          family = socket.AF_INET6 if ':' in address else socket.AF_INET
          s = socket.socket(family, kind)
          s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
          s.bind((address, port))
          return s
      def serve_udp(s):
          while True:
              data, peer = s.recvfrom(2048)
              s.sendto(data, peer)
      def serve_tcp(s):
          while True:
              c, peer = s.accept()
              c.sendall(b'hello')
              c.close()
      for address in sys.argv[1].split(','):
          for port in map(int, sys.argv[2].split(',')):
              s = opened(socket.SOCK_DGRAM, port, address)
              threading.Thread(target=serve_udp, args=(s,)).start()
              s = opened(socket.SOCK_STREAM, port, address)
              s.listen(64)
              threading.Thread(target=serve_tcp, args=(s,)).start()
      print('ready', flush=True)
      """;

  /**
   * {@code PROCESS_NAME ATTEMPT...}, each {@code PROTOCOL,ADDRESS,PORT,SOURCE_PORT,DSCP,SECONDS}: a
   * line for each says what came of it. The protocol dns asks for what gander refuses; knows asks
   * the name that stands in place of the port.
   */
  private static final String CLIENT =
      """
      import errno, os, socket, sys
      if sys.argv[1] != '-':
          os.environ['PYTHONHOME'] = sys.prefix
          os.execv(sys.executable, [sys.argv[1], sys.argv[0], '-', *sys.argv[2:]])
      def question(name, kind):
          labels = b''.join(bytes([len(l)]) + l.encode() for l in name.split('.'))
          return b'\\0\\7\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0' + labels + b'\\0\\0' + bytes([kind]) + b'\\0\\1'
      def attempt(protocol, address, port, source, dscp, seconds):
          family = socket.AF_INET6 if ':' in address else socket.AF_INET
          kind = socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM
          s = socket.socket(family, kind)
          s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
          s.settimeout(float(seconds))
          if family == socket.AF_INET:
              s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, int(dscp) << 2)
          else:
              s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, int(dscp) << 2)
          s.bind(('::' if family == socket.AF_INET6 else '0.0.0.0', int(source)))
          try:
              if protocol == 'knows':
                  s.connect((address, 53))
                  got = 0
                  for kind in 1, 28:
                      s.send(question(port, kind))
                      got += s.recv(512)[7]
                  return str(got)
              s.connect((address, int(port)))
              if protocol == 'dns':
                  s.send(question('refused.example', 1))
                  return 'hello' if s.recv(512)[7] else 'taken'
              if protocol == 'udp':
                  s.send(b'hello')
              return s.recv(100).decode()
          except socket.timeout:
              return 'silence'
          except OSError as e:
              return errno.errorcode[e.errno]
      for each in sys.argv[2:]:
          print(attempt(*each.split(',')), flush=True)
      """;

  private final Path folder;
  final RouterLab lab;

  /** {@code letter} tells labs of one test apart. */
  TrafficLab(String letter, Path folder) throws Exception {
    this.folder = folder;
    lab = new RouterLab(letter, folder.resolve(letter), ZONES);
    lab.must("ip netns exec %r sysctl -qw net.ipv6.conf.all.forwarding=1");
    lab.must("ip -n %r route add default via 203.0.113.53");
    lab.must("ip -n %r -6 route add default via 2001:db8:2::53");
    lab.must("ip -n %i -6 route add default via 2001:db8:2::1");
    lab.must("ip -n %i addr add 203.0.113.80/24 dev eth0");
    lab.must("ip -n %i addr add 2001:db8:2::80/64 dev eth0 nodad");
    Files.writeString(folder.resolve("server.py"), SERVER);
    Files.writeString(folder.resolve("client.py"), CLIENT);
    serveIn("%i", FOUR + "," + SIX, "80,443,7001,7002,7003");
  }

  /** Starts a server; by the name of its namespace there is one log. */
  void serveIn(String namespace, String addresses, String ports) throws Exception {
    String log = "server" + namespace.charAt(1);
    String script = folder.resolve("server.py").toString();
    lab.start(
        "ip netns exec %s python3 %s %s %s".formatted(namespace, script, addresses, ports),
        log + ".log");
    Eventually.holds(() -> lab.log(log).contains("ready"));
  }

  /** A configuration with these traffic rules; {@code global} says on which interfaces. */
  static String configuration(String global, String... rules) {
    return """
    global {
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

  void reload(String configuration) throws Exception {
    Progress outcome = lab.reload(configuration);
    assertThat(outcome.code()).as(outcome.text()).isEqualTo(Progress.Code.DONE);
  }

  /** {@code source} 0: any. */
  record Attempt(String protocol, String address, int port, int source, int dscp, int seconds) {

    static Attempt of(String protocol, String address, int port) {
      return new Attempt(protocol, address, port, 0, 0, 10);
    }

    @Override
    public String toString() {
      return Stream.of(protocol, address, port, source, dscp, seconds)
          .map(Object::toString)
          .collect(Collectors.joining(","));
    }
  }

  /** What came of each, by a process of this name; {@code -}: its own. */
  List<String> attempt(String namespace, String process, Attempt... attempts) throws Exception {
    String all = Arrays.stream(attempts).map(Attempt::toString).collect(Collectors.joining(" "));
    return script(namespace, process, all);
  }

  String tcp(String namespace, String address, int port) throws Exception {
    return attempt(namespace, "-", Attempt.of("tcp", address, port)).getFirst();
  }

  String udp(String namespace, String address, int port) throws Exception {
    return attempt(namespace, "-", Attempt.of("udp", address, port)).getFirst();
  }

  /** Asks for the addresses of a name, of both families; there must be some. */
  void learn(String namespace, String process, String name) throws Exception {
    assertThat(script(namespace, process, "knows,198.51.100.1," + name + ",0,0,10"))
        .as(name)
        .containsExactly("2");
  }

  private List<String> script(String namespace, String process, String attempts) throws Exception {
    return lab.run(
            "ip netns exec %s python3 %s %s %s"
                .formatted(namespace, folder.resolve("client.py"), process, attempts))
        .strip()
        .lines()
        .toList();
  }

  /** The link-layer address of an interface. */
  String mac(String namespace, String link) throws Exception {
    Matcher mac =
        Pattern.compile("ether ([0-9a-f:]+)")
            .matcher(lab.run("ip -n " + namespace + " link show " + link));
    assertThat(mac.find()).isTrue();
    return mac.group(1);
  }

  long counter(String name) throws Exception {
    return lab.status().get("kernel") instanceof Map<?, ?> counters
            && counters.get(name) instanceof Number count
        ? count.longValue()
        : -1;
  }

  @Override
  public void close() throws IOException {
    lab.close();
  }
}
