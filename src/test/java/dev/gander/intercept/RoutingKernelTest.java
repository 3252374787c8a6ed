package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.RoutingSettings;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.publish.TrafficImage;
import dev.gander.route.TrafficFlow;
import dev.gander.route.TrafficRoute;
import dev.gander.route.TrafficRouter;
import dev.gander.route.TrafficRules;
import dev.gander.route.TrafficText;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The kernel's verdicts against those of user space, by BPF_PROG_TEST_RUN of lan_ingress, and by
 * frames that leave through wan_egress.
 */
@Tag("kernel")
class RoutingKernelTest {

  private static final int PACKETS = Integer.getInteger("gander.packets", 1_000_000);
  private static final int RULE_SETS = 100;

  private Lab lab;
  private BpfObject object;
  private KernelRouting routing;
  private int program;
  private String source = "192.0.2.1";
  private String destination = "198.51.100.1";

  @BeforeEach
  void load() throws Exception {
    lab = new Lab('y', 'z');
    object = RoutingBench.load();
    routing = new KernelRouting(object);
    program = object.program("lan_ingress");
  }

  @AfterEach
  void unload() throws IOException {
    routing.close();
    object.close();
    lab.close();
  }

  /**
   * Half of them from LAN clients, half sent by programs of this machine. {@code -Dgander.packets}
   * tries more or fewer.
   */
  @Test
  void randomPacketsGetTheVerdictOfUserSpace() throws Exception {
    long seed = Long.getLong("gander.seed", 20261128);
    System.out.println("seed of random packets: " + seed);
    Random random = new Random(seed);
    int[] compared = {0};
    lab.router()
        .call(() -> {
          try (LocalSender sender = new LocalSender(object)) {
            for (int set = 0; set < RULE_SETS; set++) {
              compare(random, seed, sender, compared);
            }
          }
          return 0;
        });
    assertThat(compared[0]).isEqualTo(PACKETS);
  }

  private void compare(Random random, long seed, LocalSender sender, int[] compared)
      throws Exception {
    int count = random.nextInt(10) == 0 ? random.nextInt(2000) : random.nextInt(20);
    List<String> lines = TrafficRules.random(random, count, random.nextBoolean());
    RoutingSettings settings =
        TrafficText.rules(random.nextBoolean() ? "direct" : "two(must, mark: 3)", lines);
    TrafficRouter router =
        TrafficRouter.build(settings, new GeoDataFiles(List.of()), warning -> {});
    List<String> names = TrafficRules.names();
    routing.install(
        TrafficImage.of(router, false),
        4096,
        router.asksDomain() ? names.size() : 0,
        name -> router.rulesOfDomain(Name.toWire(names.get(name))));
    for (int i = 0; i < PACKETS / RULE_SETS; i++) {
      boolean local = random.nextBoolean();
      TrafficRules.Facts facts = TrafficRules.packet(random, local);
      if (router.asksDomain()) {
        learn(facts, local);
      }
      RoutingBench.forget(object);
      if (local) {
        sender.send(opening(packet(facts), facts), facts.process());
      } else {
        ProgramRun.run(program, packet(facts), 1);
      }
      TrafficRoute expected = router.route(facts.flow());
      int line = expected.place().line();
      RoutingBench.Verdict verdict =
          new RoutingBench.Verdict(
              Math.min(line - 1, lines.size()), // the fallback's is the last
              outboundOf(expected),
              expected.must(),
              expected.mark());
      assertThat(RoutingBench.last(object).orElseGet(() -> letBy(verdict)))
          .as("seed %d: local %s %s of %s", seed, local, facts, lines)
          .isEqualTo(verdict);
      compared[0]++;
    }
  }

  /** What leaves no other trace than that the packet went on as it was. */
  private static RoutingBench.Verdict letBy(RoutingBench.Verdict like) {
    return new RoutingBench.Verdict(like.rule(), RulesImage.DIRECT, like.must(), 0);
  }

  /** What has ended is not known. */
  private void learn(TrafficRules.Facts facts, boolean local) {
    int name = TrafficRules.names().indexOf(facts.domain());
    routing.learn(
        KernelRouting.BY_MAC,
        local ? 0 : facts.mac(),
        Client.high(facts.destination()),
        Client.low(facts.destination()),
        Math.max(0, name),
        name < 0 ? 1 : Long.MAX_VALUE / 2);
  }

  /** Connections of programs are judged where they begin. */
  private static byte[] opening(byte[] packet, TrafficRules.Facts facts) {
    if (facts.protocol().equals("tcp")) {
      packet[facts.destination().getAddress().length == 4 ? 47 : 67] = 2;
    }
    return packet;
  }

  private static int outboundOf(TrafficRoute route) {
    return switch (route) {
      case TrafficRoute.Direct _ -> RulesImage.DIRECT;
      case TrafficRoute.Block _ -> RulesImage.BLOCK;
      case TrafficRoute.ToGroup group -> RulesImage.FIRST_GROUP + group.number();
    };
  }

  private static byte[] packet(TrafficRules.Facts facts) {
    return RoutingBench.packet(
        facts.source(),
        facts.sourcePort(),
        facts.destination(),
        facts.destinationPort(),
        facts.protocol().equals("tcp") ? TrafficFlow.TCP : TrafficFlow.UDP,
        facts.mac(),
        facts.dscp());
  }

  /** The kernel keeps packets that it let by beside the table of flows. */
  @ParameterizedTest
  @CsvSource({
    TrafficFlow.UDP + ", 192.0.2.1, 198.51.100.1",
    TrafficFlow.TCP + ", 192.0.2.1, 198.51.100.1",
    TrafficFlow.UDP + ", 2001:db8::1, 2001:db8:1::1",
    TrafficFlow.TCP + ", 2001:db8::1, 2001:db8:1::1"
  })
  void aVerdictIsKeptForTheSameFactsUnderTheSameRules(int protocol, String from, String to)
      throws Exception {
    source = from;
    destination = to;
    List<String> rules = List.of("!mac('02:00:00:00:00:01') -> block", "!dscp(1) -> block");
    install(rules);
    for (int i = 0; i < 200; i++) {
      assertThat(verdictOn(protocol, 1, 1)).isEqualTo(RulesImage.DIRECT);
    }
    assertThat(verdictOn(protocol, 2, 1)).isEqualTo(RulesImage.BLOCK);
    assertThat(verdictOn(protocol, 1, 2)).isEqualTo(RulesImage.BLOCK);
    assertThat(verdictOn(protocol, 1, 1)).isEqualTo(RulesImage.DIRECT);
    install(List.of("sport(1000) -> block"));
    assertThat(verdictOn(protocol, 1, 1)).isEqualTo(RulesImage.BLOCK);
    install(rules);
    assertThat(verdictOn(protocol, 1, 1)).isEqualTo(RulesImage.DIRECT);
    routing.remove();
    install(List.of("sport(1000) -> block"));
    assertThat(verdictOn(protocol, 1, 1)).isEqualTo(RulesImage.BLOCK);
  }

  private void install(List<String> rules) throws Exception {
    TrafficRouter router =
        TrafficRouter.build(
            TrafficText.rules("direct", rules), new GeoDataFiles(List.of()), warning -> {});
    routing.install(TrafficImage.of(router, false), 64, 0, name -> new long[0]);
  }

  private int verdictOn(int protocol, int mac, int dscp) throws Exception {
    RoutingBench.forget(object);
    byte[] packet = packet(protocol, mac, dscp);
    lab.router().call(() -> ProgramRun.run(program, packet, 1));
    return lastOutbound();
  }

  private byte[] packet(int protocol, int mac, int dscp) {
    return RoutingBench.packet(
        InetAddress.ofLiteral(source),
        1000,
        InetAddress.ofLiteral(destination),
        443,
        protocol,
        0x020000000000L + mac,
        dscp);
  }

  private int lastOutbound() {
    return RoutingBench.last(object).map(RoutingBench.Verdict::outbound).orElse(RulesImage.DIRECT);
  }

  /** Ports may be another process's soon; and of some the process is not known. */
  @Test
  void aVerdictThatIsKeptIsNotAnotherProcesss() throws Exception {
    install(List.of("pname(kdig) -> block"));
    byte[] packet = packet(TrafficFlow.UDP, 1, 1);
    lab.router()
        .call(() -> {
          try (LocalSender sender = new LocalSender(object)) {
            for (String name : List.of("", "curl", "kdig", "curl", "curl", "", "kdig")) {
              RoutingBench.forget(object);
              sender.send(packet, name);
              assertThat(lastOutbound())
                  .as(name)
                  .isEqualTo(name.equals("kdig") ? RulesImage.BLOCK : RulesImage.DIRECT);
            }
          }
          return 0;
        });
  }

  /** A connection is known by its ports, whoever holds them; a new one by who begins it. */
  @Test
  void whoseAConnectionIsItsFirstSegmentSays() throws Exception {
    install(List.of("pname(kdig) -> block"));
    byte[] segment = packet(TrafficFlow.TCP, 1, 1);
    byte[] opening = segment.clone();
    opening[47] = 2;
    lab.router()
        .call(() -> {
          try (LocalSender sender = new LocalSender(object)) {
            sender.send(opening, "curl");
            for (String name : List.of("curl", "", "kdig")) {
              RoutingBench.forget(object);
              sender.send(segment, name);
              assertThat(lastOutbound()).as(name).isEqualTo(RulesImage.DIRECT);
            }
            for (byte[] next : List.of(opening, segment)) {
              RoutingBench.forget(object);
              sender.send(next, "kdig");
              assertThat(lastOutbound()).isEqualTo(RulesImage.BLOCK);
            }
          }
          return 0;
        });
  }

  @Test
  void rulesLoadAndDecideWhetherNoneTenOrTenThousand() throws Exception {
    for (int count : new int[] {0, 10, 10_000}) {
      List<String> rules = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        rules.add("dip(10." + i / 256 + "." + i % 256 + ".0/24) -> block");
      }
      install(rules);
      for (int i = 0; i < count; i += Math.max(1, count / 10)) {
        int rule = i;
        RoutingBench.forget(object);
        lab.router()
            .call(() ->
                ProgramRun.run(
                    program,
                    RoutingBench.packet(
                        InetAddress.ofLiteral("192.0.2.1"),
                        1000,
                        InetAddress.ofLiteral("10." + rule / 256 + "." + rule % 256 + ".9"),
                        443,
                        TrafficFlow.UDP,
                        1,
                        0),
                    1));
        assertThat(RoutingBench.last(object).orElseThrow().rule()).isEqualTo(rule);
      }
    }
  }
}
