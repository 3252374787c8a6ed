package dev.gander.daemon;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.proxy.PeerPlace;
import dev.gander.proxy.ProxyPeer;
import dev.gander.proxy.V2rayPeer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Questions of a client on the LAN through each kind of exit. Every proxy and every upstream has an
 * address of its own in the internet, and tcpdump watches the wire that leads there.
 */
@Tag("kernel")
@Timeout(240)
class ExitsKernelTest {

  /** Asked straight at the end: when it has been seen, so has all that came before. */
  private static final String LAST = "203.0.113.99";

  private static final String SIX = "2001:db8:2::101";

  /** Of the unbound, one for each question. */
  private static final List<String> UPSTREAMS =
      IntStream.rangeClosed(101, 112).mapToObj(it -> "203.0.113." + it).toList();

  @TempDir private Path folder;
  private final List<AutoCloseable> proxies = new ArrayList<>();
  private RouterLab lab;

  /** A proxy: where it listens, and its share link. */
  private record Hop(String address, String link) {}

  /** To an upstream through no proxy, or through some, one behind the other. */
  private record Road(String name, String transport, String upstream, List<Hop> hops) {

    static Road by(String name, String transport, String upstream, Hop... hops) {
      return new Road(name, transport, upstream, List.of(hops));
    }

    String link() {
      return hops.stream().map(Hop::link).collect(joining(" -> "));
    }
  }

  @BeforeEach
  void build() throws Exception {
    String more =
        "access-control: ::/0 allow\nip-freebind: yes\ninterface: %s\ninterface: %s\n"
            .formatted(LAST, SIX);
    lab =
        new RouterLab(
            "e",
            folder.resolve("e"),
            more + UPSTREAMS.stream().map("interface: "::concat).collect(joining("\n")));
    lab.must("ip -n %i addr add " + SIX + "/64 dev eth0 nodad");
    lab.must("ip -n %i addr add " + LAST + "/24 dev eth0");
    for (String upstream : UPSTREAMS) {
      lab.must("ip -n %i addr add " + upstream + "/24 dev eth0");
    }
  }

  @AfterEach
  void remove() throws Exception {
    for (AutoCloseable proxy : proxies) {
      proxy.close();
    }
    lab.close();
  }

  /** The internet, with one more address there. */
  private PeerPlace place() throws Exception {
    String address = "203.0.113." + (11 + proxies.size());
    lab.must("ip -n %i addr add " + address + "/24 dev eth0");
    return new PeerPlace(address, "eth0", List.of("ip", "netns", "exec", lab.named("%i")));
  }

  private Hop proxy(ProxyPeer.Kind kind) throws Exception {
    PeerPlace place = place();
    ProxyPeer proxy = new ProxyPeer(kind, folder, place);
    proxies.add(proxy);
    return new Hop(place.address(), proxy.link());
  }

  private Hop proxy(V2rayPeer.Kind kind) throws Exception {
    PeerPlace place = place();
    V2rayPeer proxy = new V2rayPeer(kind, folder, place);
    proxies.add(proxy);
    return new Hop(place.address(), proxy.link());
  }

  private List<Road> roads() throws Exception {
    Hop socks = proxy(ProxyPeer.Kind.DANTE);
    Hop http = proxy(ProxyPeer.Kind.TINYPROXY);
    Hop ss = proxy(ProxyPeer.Kind.SS_AES_128_GCM);
    Hop trojan = proxy(V2rayPeer.Kind.TROJAN);
    Hop vmess = proxy(V2rayPeer.Kind.VMESS);
    Hop first = proxy(ProxyPeer.Kind.MICROSOCKS);
    Hop second = proxy(V2rayPeer.Kind.VLESS_TLS);
    Iterator<String> upstreams = UPSTREAMS.iterator();
    return List.of(
        Road.by("straight", "udp", upstreams.next()),
        Road.by("socks_udp", "udp", upstreams.next(), socks),
        Road.by("socks_tcp", "tcp", upstreams.next(), socks),
        Road.by("http", "tcp", upstreams.next(), http),
        Road.by("ss_udp", "udp", upstreams.next(), ss),
        Road.by("ss_tcp", "tcp", upstreams.next(), ss),
        Road.by("trojan_udp", "udp", upstreams.next(), trojan),
        Road.by("trojan_tcp", "tcp", upstreams.next(), trojan),
        Road.by("vmess_udp", "udp", upstreams.next(), vmess),
        Road.by("vmess_tcp", "tcp", upstreams.next(), vmess),
        Road.by("chain_udp", "udp", upstreams.next(), first, second),
        Road.by("chain_tcp", "tcp", upstreams.next(), first, second),
        Road.by("six", "udp", SIX, ss));
  }

  private static String configuration(List<Road> roads) {
    List<Road> proxied = roads.stream().filter(it -> !it.hops().isEmpty()).toList();
    return """
    global { lan_interface: lan0 allow_insecure: true udp_check_dns: '203.0.113.53:53' }
    node {
    %s
    }
    group {
    %s
    }
    dns {
      query_timeout: 30s
      upstream {
    %s
      }
      routing {
        request {
    %s
          fallback: reject
        }
      }
    }
    routing {
    %s
      fallback: direct
    }
    """
        .formatted(
            lines(proxied, it -> it.name() + ": '" + it.link() + "'"),
            lines(
                proxied, it -> "%1$s { filter: name(%1$s) policy: fixed(0) }".formatted(it.name())),
            lines(roads, it -> "%s: '%s://%s'".formatted(it.name(), it.transport(), host(it))),
            lines(roads, it -> "qname(suffix: %1$s.example) -> %1$s".formatted(it.name())),
            lines(proxied, it -> "dip('%s') -> %s".formatted(it.upstream(), it.name())));
  }

  private static String host(Road road) {
    return road.upstream().contains(":") ? "[" + road.upstream() + "]" : road.upstream();
  }

  private static String lines(List<Road> roads, Function<Road, String> line) {
    return roads.stream().map(line).collect(joining("\n"));
  }

  @Test
  void nothingToAnUpstreamGoesAroundItsExit() throws Exception {
    List<Road> roads = roads();
    Process _ = lab.start("ip netns exec %r tcpdump -lnqt --immediate-mode -i wan0", "tcpdump.log");
    Eventually.holds(() -> lab.log("tcpdump").contains("listening on wan0"));
    lab.serve(configuration(roads));
    for (Road road : roads) {
      String question = "a." + road.name() + ".example";
      assertThat(lab.run("ip netns exec %c kdig +timeout=30 +retry=0 @198.51.100.53 " + question))
          .as(road.name())
          .contains("NOERROR", "203.0.113.80");
    }
    String said = lab.run("ip netns exec %r kdig +timeout=10 @" + LAST + " a.example");
    assertThat(said).contains("203.0.113.80");
    Eventually.holds(() -> packets(LAST) > 0);

    assertThat(packets(roads.getFirst().upstream())).as("what it sees").isPositive();
    for (Road road : roads.subList(1, roads.size())) {
      assertThat(packets(road.upstream())).as("around " + road.name()).isZero();
      assertThat(packets(road.hops().getFirst().address())).as("by " + road.name()).isPositive();
      for (Hop behind : road.hops().subList(1, road.hops().size())) {
        assertThat(packets(behind.address())).as("around the first of " + road.name()).isZero();
      }
    }
  }

  /** To the address, from it, or to find out who has it. */
  private long packets(String address) throws Exception {
    Pattern whole = Pattern.compile("(?<![0-9a-f:.])" + Pattern.quote(address) + "(?![0-9a-f:])");
    return lab.log("tcpdump")
        .lines()
        .map(line -> line.replaceFirst(": (tcp|UDP).*", ""))
        .filter(line -> whole.matcher(line).find())
        .count();
  }
}
