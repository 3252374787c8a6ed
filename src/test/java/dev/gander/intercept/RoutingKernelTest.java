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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The kernel's verdicts against those of user space, by BPF_PROG_TEST_RUN of lan_ingress, and by
 * frames that leave through wan_egress.
 */
@Tag("kernel")
class RoutingKernelTest {

  private static final int PACKETS = Integer.getInteger("gander.packets", 250_000);
  private static final int RULE_SETS = 100;

  private Lab lab;
  private BpfObject object;
  private KernelRouting routing;
  private int program;
  private byte[] nothing = {};

  @BeforeEach
  void load() throws Exception {
    lab = new Lab('y', 'z');
    object = RoutingBench.load();
    routing = new KernelRouting(object);
    program = object.program("lan_ingress");
    nothing = new byte[Objects.requireNonNull(object.map("routings").lookup(Shared.u32(0))).length];
  }

  @AfterEach
  void unload() throws IOException {
    routing.close();
    object.close();
    lab.close();
  }

  /** What the kernel has decided last, read where it leaves it. */
  private record Verdict(int rule, int outbound, boolean must, int mark) {}

  private Verdict last() {
    byte[] perCpu = Objects.requireNonNull(object.map("routings").lookup(Shared.u32(0)));
    ByteBuffer all = ByteBuffer.wrap(perCpu).order(ByteOrder.nativeOrder());
    int at = RoutingBench.FLOW_IN_ROUTING;
    while (all.getInt(at) == 0) { // the generation, of the CPU that ran the program
      at += RoutingBench.ROUTING;
    }
    boolean must = (all.get(at + 13) & RulesImage.VERDICT_MUST) != 0;
    return new Verdict(all.getInt(at + 4), all.get(at + 12), must, all.getInt(at + 8));
  }

  private void forget() {
    object.map("routings").update(Shared.u32(0), nothing);
  }

  /**
   * Half of them from LAN clients, half sent by programs of this machine. {@code
   * -Dgander.packets=1000000} tries more.
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
      forget();
      if (local) {
        sender.send(opening(packet(facts), facts), facts.process());
      } else {
        ProgramRun.run(program, packet(facts), 1);
      }
      TrafficRoute expected = router.route(facts.flow());
      int line = expected.place().line();
      assertThat(last())
          .as("seed %d: local %s %s of %s", seed, local, facts, lines)
          .isEqualTo(
              new Verdict(
                  Math.min(line - 1, lines.size()), // the fallback's is the last
                  outboundOf(expected),
                  expected.must(),
                  expected.mark()));
      compared[0]++;
    }
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

  @Test
  void rulesLoadAndDecideWhetherNoneTenOrTenThousand() throws Exception {
    for (int count : new int[] {0, 10, 10_000}) {
      List<String> rules = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        rules.add("dip(10." + i / 256 + "." + i % 256 + ".0/24) -> block");
      }
      TrafficRouter router =
          TrafficRouter.build(
              TrafficText.rules("direct", rules), new GeoDataFiles(List.of()), warning -> {});
      routing.install(TrafficImage.of(router, false), 64, 0, name -> new long[0]);
      for (int i = 0; i < count; i += Math.max(1, count / 10)) {
        int rule = i;
        forget();
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
        assertThat(last().rule()).isEqualTo(rule);
      }
    }
  }
}
