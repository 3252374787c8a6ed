package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.BpfMap;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.kernel.UdpSocket;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** lan_ingress by BPF_PROG_TEST_RUN: no wire, every byte ours. */
@Tag("kernel")
class LanIngressKernelTest {

  private static final int PASS = -1;
  private static final int DROP = 2;
  private static final int REDIRECT = 7;
  private static final String OUR_MAC = "00:00:00:00:00:00"; // loopback's
  private static final byte[] QUERY = new byte[30];

  private Lab lab;
  private BpfObject object;
  private int program;
  private final List<UdpSocket> sockets = new ArrayList<>();

  @BeforeEach
  void load() throws Exception {
    lab = new Lab('k', 'l');
    try (InputStream in = getClass().getResourceAsStream("/bpf/intercept.o")) {
      assertThat(in).isNotNull();
      object =
          BpfObject.blueprint("intercept", in.readAllBytes())
              .readOnlyData(Shared.settings(1, 1, false, true, 0))
              .maxEntries("handoffs", 1)
              .load();
    }
    program = object.program("lan_ingress");
    listen(IpFamily.IPV4, "0.0.0.0", 0);
    listen(IpFamily.IPV6, "::", Shared.LISTENERS_MAX);
  }

  private void listen(IpFamily family, String any, int slot) throws Exception {
    UdpSocket socket =
        lab.router().call(() -> UdpSocket.open(family, EnumSet.noneOf(UdpSocket.Option.class)));
    socket.bind(new InetSocketAddress(any, 0));
    object.map("listen_sockets").update(Shared.u32(slot), Shared.u64(socket.fd()));
    sockets.add(socket);
  }

  @AfterEach
  void unload() throws IOException {
    sockets.forEach(UdpSocket::close);
    object.close();
    lab.close();
  }

  private ProgramRun.Result run(byte[] packet) throws Exception {
    return lab.router().call(() -> ProgramRun.run(program, packet, 1));
  }

  private long counter(Counter counter) {
    byte[] values = object.map("counters").lookup(Shared.u32(indexOf(counter)));
    assertThat(values).isNotNull();
    ByteBuffer perCpu = ByteBuffer.wrap(values).order(ByteOrder.nativeOrder());
    long sum = 0;
    while (perCpu.hasRemaining()) {
      sum += perCpu.getLong();
    }
    return sum;
  }

  private static int indexOf(Counter counter) {
    return Arrays.asList(Counter.values()).indexOf(counter);
  }

  private static byte[] queryOf(int client) throws Exception {
    String mac =
        "02:00:00:%02x:%02x:%02x".formatted(client >>> 16, (client >>> 8) & 0xff, client & 0xff);
    return new Frame(OUR_MAC, mac).udp("10.0.0.1", 5000, "198.51.100.53", 53, QUERY);
  }

  private static int wordOf(ProgramRun.Result result) {
    assertThat(result.retval()).isEqualTo(REDIRECT);
    return ByteBuffer.wrap(result.packet()).getInt(8);
  }

  @Test
  void whateverArrivesIsJudgedAsTheRulesSay() throws Exception {
    Random random = new Random(20261124);
    List<byte[]> seeds = seeds();
    Map<String, Integer> verdicts = new HashMap<>();
    lab.router()
        .call(() -> {
          for (int i = 0; i < 40_000; i++) {
            byte[] packet = mutated(seeds.get(random.nextInt(seeds.size())), random);
            if (isRunnable(packet)) {
              verdicts.merge(judge(packet), 1, Integer::sum);
            }
          }
          return 0;
        });
    assertThat(verdicts).as("each rule is met often").hasSize(7);
    assertThat(verdicts.values()).allMatch(times -> times > 100);
  }

  /** The kernel refuses to run programs on less than a whole IP header behind the Ethernet one. */
  private static boolean isRunnable(byte[] packet) {
    return switch (ByteBuffer.wrap(packet).getShort(12)) {
      case 0x0800 -> packet.length >= 34;
      case (short) 0x86dd -> packet.length >= 54;
      default -> true;
    };
  }

  private String judge(byte[] packet) {
    String verdict = ReferenceParser.verdict(packet);
    int expected =
        verdict.equals("queries") ? REDIRECT : verdict.startsWith("dropped") ? DROP : PASS;
    long before = verdict.equals(ReferenceParser.UNTOUCHED) ? 0 : counter(counterOf(verdict));
    int retval = ProgramRun.run(program, packet, 1).retval();
    String hex = verdict + " " + HexFormat.of().formatHex(packet);
    assertThat(retval).as(hex).isEqualTo(expected);
    if (!verdict.equals(ReferenceParser.UNTOUCHED)) {
      assertThat(counter(counterOf(verdict))).as(hex).isEqualTo(before + 1);
    }
    return verdict;
  }

  private static Counter counterOf(String text) {
    return Arrays.stream(Counter.values())
        .filter(c -> c.text().equals(text))
        .findAny()
        .orElseThrow();
  }

  private static List<byte[]> seeds() throws Exception {
    byte[] padding = {0, 0, 1, 4, 0, 0, 0, 0};
    byte[] fragment = {0, 0, 0, 1, 0, 0, 0, 9};
    String mac = "02:00:00:00:00:09";
    List<byte[]> seeds = new ArrayList<>();
    for (int tags = 0; tags < 4; tags++) {
      for (int extensions = 0; extensions < 9; extensions++) {
        Frame six = new Frame(OUR_MAC, mac);
        Frame four = new Frame(OUR_MAC, mac).ipv4Options(new byte[4 * Math.min(extensions, 10)]);
        for (int i = 0; i < tags; i++) {
          six.tag(i == 0 ? 0x88a8 : 0x8100, 10 + i);
          four.tag(i == 0 ? 0x88a8 : 0x8100, 10 + i);
        }
        for (int i = 0; i < extensions; i++) {
          six.extension(
              List.of(Frame.HOP_BY_HOP, Frame.DESTINATION, Frame.ROUTING, Frame.FRAGMENT)
                  .get(i % (extensions > 6 ? 2 : 4)),
              i % 4 == 3 ? fragment : i % 4 == 2 ? new byte[8] : padding);
        }
        seeds.add(six.udp("2001:db8::1", 5000, "2001:db8::53", 53, QUERY));
        seeds.add(four.udp("10.0.0.1", 5000, "198.51.100.53", 53, QUERY));
      }
    }
    return seeds;
  }

  /** One to four faults, most of them in the headers; sometimes none. */
  private static byte[] mutated(byte[] seed, Random random) {
    byte[] packet = seed.clone();
    for (int faults = random.nextInt(5); faults > 0; faults--) {
      switch (random.nextInt(6)) {
        case 0 -> packet[random.nextInt(packet.length)] = (byte) random.nextInt(256);
        case 1 ->
            packet[12 + random.nextInt(packet.length - 12)] ^= (byte) (1 << random.nextInt(8));
        case 2 -> packet[12 + random.nextInt(packet.length - 12)] = (byte) random.nextInt(3);
        case 3 -> packet = Arrays.copyOf(packet, 20 + random.nextInt(packet.length - 19));
        case 4 -> packet = Arrays.copyOf(packet, packet.length + random.nextInt(40));
        default -> packet[random.nextInt(14)] ^= (byte) random.nextInt(2);
      }
    }
    return packet;
  }

  @Test
  void aClientIsInternedOnceAndItsTagsAreTakenOff() throws Exception {
    int first = wordOf(run(queryOf(1)));
    assertThat(wordOf(run(queryOf(1)))).isEqualTo(first);
    assertThat(wordOf(run(queryOf(2)))).isNotEqualTo(first);
    assertThat(counter(Counter.IDENTITIES_NEW)).isEqualTo(2);

    byte[] tagged =
        new Frame(OUR_MAC, "02:00:00:00:00:01")
            .tag(0x88a8, 7)
            .tag(0x8100, 8)
            .udp("10.0.0.1", 5000, "198.51.100.53", 53, QUERY);
    ProgramRun.Result result = run(tagged);
    assertThat(wordOf(result)).isNotEqualTo(first);
    assertThat(result.packet()).hasSize(tagged.length - 8);
    assertThat(ByteBuffer.wrap(result.packet()).getShort(12)).isEqualTo((short) 0x0800);
  }

  @Test
  void whenEverySlotIsInUseNewClientsAreDroppedAndKnownOnesServed() throws Exception {
    fillAllSlots();
    int known = wordOf(run(queryOf(5)));

    assertThat(run(queryOf(1_000_000)).retval()).isEqualTo(DROP);
    assertThat(counter(Counter.DROPPED_IDENTITIES_FULL)).isEqualTo(1);
    assertThat(wordOf(run(queryOf(5)))).isEqualTo(known);
  }

  @Test
  void aSlotLongUnusedGoesToANewClientAndItsFormerOwnerGetsAnother() throws Exception {
    fillAllSlots();
    BpfMap identities = object.map("identities");
    int former = 77;
    int slot = wordOf(run(queryOf(former)));
    for (int id = 1; id < Shared.IDENTITIES; id++) {
      byte[] identity = Objects.requireNonNull(identities.lookup(Shared.u32(id)));
      ByteBuffer.wrap(identity)
          .order(ByteOrder.nativeOrder())
          .putLong(Shared.IDENTITY_LAST_SEEN, 5);
      identities.update(Shared.u32(id), identity);
    }

    lab.router()
        .call(() -> {
          for (int client = 0; client < Shared.IDENTITIES - 1; client++) {
            assertThat(ProgramRun.run(program, queryOf(1_000_000 + client), 1).retval())
                .isEqualTo(REDIRECT);
            if (Objects.requireNonNull(identities.lookup(Shared.u32(slot)))[
                    Shared.IDENTITY_CLIENT_MAC + 3]
                != 0) {
              break; // the slot we watch has been given away
            }
          }
          return 0;
        });
    int another = wordOf(run(queryOf(former)));
    assertThat(another).isNotEqualTo(slot);
    assertThat(wordOf(run(queryOf(former)))).isEqualTo(another);
  }

  private void fillAllSlots() throws Exception {
    lab.router()
        .call(() -> {
          for (int client = 0; client < Shared.IDENTITIES - 1; client++) {
            ProgramRun.run(program, queryOf(client), 1);
          }
          return 0;
        });
    assertThat(counter(Counter.IDENTITIES_NEW)).isEqualTo(Shared.IDENTITIES - 1);
  }

  @Test
  void withoutASocketEverythingPasses() throws Exception {
    sockets.forEach(UdpSocket::close);
    assertThat(run(queryOf(1)).retval()).isEqualTo(PASS);
    assertThat(counter(Counter.PASSED_NO_LISTENER)).isEqualTo(1);
  }
}
