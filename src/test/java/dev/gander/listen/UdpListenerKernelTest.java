package dev.gander.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Clock;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.message.Client;
import dev.gander.message.Messages;
import dev.gander.message.RecordType;
import dev.gander.respond.Responder;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/**
 * Transparent listeners and the responder on real packets. nft's TPROXY stands in for the datapath,
 * and marks queries as that would.
 */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UdpListenerKernelTest {

  private static final int PORT = 12345;

  private static final String RULES =
      """
      table inet gander {
        counter replies_marked { }
        chain queries {
          type filter hook prerouting priority mangle;
          iifname lan0 meta nfproto ipv4 udp dport 53 tproxy ip to :%1$d meta mark set 0x8000123 accept
          iifname lan0 meta nfproto ipv6 udp dport 53 tproxy ip6 to :%1$d meta mark set 0x8000123 accept
        }
        chain replies {
          type filter hook output priority mangle;
          udp sport 53 meta mark 0x123 counter name replies_marked
        }
      }
      """
          .formatted(PORT);

  private record Seen(int mark, Client client) {}

  private final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
  private Pipeline pipeline;
  private Lab lab;
  private Responder responder;
  private UdpListener ipv4;
  private UdpListener ipv6;

  @BeforeAll
  void open(@TempDir Path directory) throws Exception {
    pipeline = new Pipeline(Clock.system());
    lab = new Lab('k', 'l');
    for (String family : new String[] {"-4", "-6"}) {
      lab.inRouter("ip " + family + " rule add fwmark 0x8000000/0x8000000 table 2023");
      lab.inRouter("ip " + family + " route add local default dev lo table 2023");
    }
    Path rules = directory.resolve("rules.nft");
    Files.writeString(rules, RULES);
    lab.inRouter("nft -f " + rules);
    responder = lab.router().call(() -> Responder.transparent(53));
    ipv4 = lab.router().call(() -> listener(IpFamily.IPV4));
    ipv6 = lab.router().call(() -> listener(IpFamily.IPV6));
    ipv4.start();
    ipv6.start();
  }

  private UdpListener listener(IpFamily family) {
    IdentitySource identities =
        (mark, client) -> {
          client.setMark(mark);
          seen.add(new Seen(mark, client.copy()));
        };
    return UdpListener.intercepted(
        family,
        PORT,
        responder,
        identities,
        () -> pipeline.controller,
        pipeline.counters,
        Clock.system());
  }

  @AfterAll
  void close() throws Exception {
    ipv4.close();
    ipv6.close();
    responder.close();
    lab.close();
  }

  @ParameterizedTest
  @CsvSource({"198.51.100.53, 10.53.0.2", "2001:db8:ffff::53, 2001:db8:53::2"})
  void aQueryToAnAddressNobodyOwnsIsAnsweredFromThatAddress(String asked, String clientAddress)
      throws Exception {
    // The first is answered by a virtual thread, the second, a hit, by the reader's batch.
    for (int i = 0; i < 2; i++) {
      DatagramPacket packet = ask("name-of-" + asked.replace(":", "-") + ".example", asked);
      assertThat(packet.getAddress()).isEqualTo(InetAddress.ofLiteral(asked));
      assertThat(packet.getPort()).isEqualTo(53);
      Message reply = Messages.read(packet.getData(), packet.getLength());
      assertThat(reply.getSection(Section.ANSWER)).hasSize(1);

      Seen query = seen.poll(30, TimeUnit.SECONDS);
      assertThat(query).isNotNull();
      assertThat(query.mark()).isEqualTo(0x800_0123);
      assertThat(query.client().intercepted()).isTrue();
      assertThat(query.client().asked().getAddress()).isEqualTo(InetAddress.ofLiteral(asked));
      assertThat(query.client().askedPort()).isEqualTo(53);
      assertThat(query.client().source().getAddress())
          .isEqualTo(InetAddress.ofLiteral(clientAddress));
    }
  }

  @Test
  void aReplyBearsTheClientsMarkWithoutTheBitThatLeadsToTheListener() throws Exception {
    ask("marked.example", "198.51.100.53");
    ask("marked.example", "2001:db8:ffff::53");
    assertThat(lab.inRouter("nft list counter inet gander replies_marked"))
        .doesNotContain("packets 0 ");
    seen.clear();
  }

  private DatagramPacket ask(String name, String server) throws Exception {
    return lab.client()
        .call(() -> {
          try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(30_000);
            byte[] query = Messages.query(name, RecordType.A).toWire();
            InetAddress address = InetAddress.ofLiteral(server);
            socket.send(new DatagramPacket(query, query.length, address, 53));
            DatagramPacket reply = new DatagramPacket(new byte[2000], 2000);
            socket.receive(reply);
            return reply;
          }
        });
  }
}
