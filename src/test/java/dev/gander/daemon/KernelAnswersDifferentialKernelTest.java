package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.TestNamespace;
import dev.gander.message.QueryView;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two daemons, one that answers from the kernel and one that does not, are asked the same: clients
 * cannot tell them apart. {@code -Dgander.differential=100000} asks more.
 */
@Tag("kernel")
class KernelAnswersDifferentialKernelTest {

  private static final int BATCH = 50;
  private static final int QUERIES = Integer.getInteger("gander.differential", 4000);
  private static final long SEED = Long.getLong("gander.seed", 2026);

  /** Asked by IPv4 and by IPv6, addresses that nobody has and one that the router has. */
  private static final String[] ASKED = {
    "198.51.100.53", "2001:db8:ffff::53", "198.51.100.77", "192.0.2.1"
  };

  private static final String RULES =
      """
      qname(full: good.blocked.net) -> it
      qname(suffix: blocked.net, full: exact.rich.net, keyword: track) -> reject
      qtype(srv) -> reject
      """;

  @TempDir private Path folder;

  @Test
  void aClientCannotTellWhichHalfAnswers() throws Exception {
    try (Side user = new Side("u", folder.resolve("u"), 0);
        Side kernel = new Side("k", folder.resolve("k"), 16_384)) {
      RandomQueries random = new RandomQueries(SEED);
      QueryView view = new QueryView();
      for (int done = 0; done < QUERIES; done += BATCH) {
        if (done == QUERIES / 2 / BATCH * BATCH) {
          user.askNamesOfTraffic();
          kernel.askNamesOfTraffic();
        }
        int path = random.next(ASKED.length);
        Map<Integer, byte[]> asked = new HashMap<>();
        int expected = 0;
        for (int i = 0; i < BATCH; i++) {
          int id = (i << 8) | random.next(256);
          byte[] message = random.message(id);
          asked.put(id, message);
          expected += view.parse(message, 0, message.length).dropped() ? 0 : 1;
        }
        // Twice: who asks first may hear the upstream itself, and two at once may race for that.
        Map<Integer, byte[]> left = Map.of();
        Map<Integer, byte[]> right = Map.of();
        for (int i = 0; i < 2; i++) {
          for (byte[] message : asked.values()) {
            user.send(path, message);
            kernel.send(path, message);
          }
          left = user.receive(path, expected);
          right = kernel.receive(path, expected);
        }
        compare(asked, left, right);
      }
      Map<String, Long> counts = new TreeMap<>();
      assertThat(kernel.lab.status().get("kernel"))
          .asInstanceOf(InstanceOfAssertFactories.map(String.class, Long.class))
          .allSatisfy(counts::put);
      long byKernel =
          Stream.of("kernel_fresh", "kernel_negative", "kernel_blocked")
              .mapToLong(name -> counts.getOrDefault(name, 0L))
              .sum();
      assertThat(byKernel).as(counts.toString()).isGreaterThan(QUERIES / 3L);
    }
  }

  private static void compare(
      Map<Integer, byte[]> asked, Map<Integer, byte[]> left, Map<Integer, byte[]> right) {
    asked.forEach((id, query) -> {
      byte[] one = left.get(id);
      byte[] other = right.get(id);
      assertThat(alike(one, other))
          .as(() ->
              "to %s\nuser space: %s\nkernel:     %s".formatted(hex(query), hex(one), hex(other)))
          .isTrue();
    });
  }

  private static String hex(byte @Nullable [] bytes) {
    return bytes == null ? "nothing" : HexFormat.of().formatHex(bytes);
  }

  /** Equal, but for TTLs that differ by a second. */
  private static boolean alike(byte @Nullable [] one, byte @Nullable [] other) {
    if (one == null || other == null) {
      return one == null && other == null;
    }
    return one.length == other.length && aboutOneSecond(one, other);
  }

  private static boolean aboutOneSecond(byte[] one, byte[] other) {
    byte[] even = other.clone();
    int records = u16(one, 6) + u16(one, 8) + u16(one, 10);
    int at = 12;
    for (int i = u16(one, 4); i > 0 && at < one.length; i--) {
      at = skipName(one, at) + 4;
    }
    for (int i = 0; i < records && at + 11 <= one.length; i++) {
      int fixed = skipName(one, at);
      if (u16(one, fixed) != 41) {
        int ttl = u16(one, fixed + 4) << 16 | u16(one, fixed + 6);
        int otherTtl = u16(other, fixed + 4) << 16 | u16(other, fixed + 6);
        if (Math.abs(ttl - otherTtl) > 1) {
          return false;
        }
        System.arraycopy(one, fixed + 4, even, fixed + 4, 4);
      }
      at = fixed + 10 + u16(one, fixed + 8);
    }
    return Arrays.equals(one, even);
  }

  private static int skipName(byte[] message, int from) {
    int at = from;
    while (message[at] != 0) {
      if ((message[at] & 0xc0) != 0) {
        return at + 2;
      }
      at += 1 + message[at];
    }
    return at + 1;
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  /** A lab, a daemon in it, and its client's sockets. */
  private static final class Side implements AutoCloseable {
    private final RouterLab lab;
    private final DatagramSocket[] sockets = new DatagramSocket[ASKED.length];
    private final String configuration;

    Side(String letter, Path folder, int kernelAnswers) throws Exception {
      configuration =
          RouterLab.configuration(RULES)
              .replace("dns {", "dns {\n  use_hosts: false\n  kernel_answers: " + kernelAnswers);
      lab = new RouterLab(letter, folder, zones());
      lab.serve(configuration);
      try (TestNamespace client = new TestNamespace(lab.client())) {
        for (int i = 0; i < ASKED.length; i++) {
          InetSocketAddress asked = new InetSocketAddress(InetAddress.getByName(ASKED[i]), 53);
          sockets[i] =
              client.call(() -> {
                DatagramSocket socket = new DatagramSocket();
                socket.connect(asked);
                return socket;
              });
        }
      }
    }

    /** From now on traffic is judged by the names that answers teach. */
    void askNamesOfTraffic() throws Exception {
      String rules = "routing { domain(rich.net) -> direct(mark: 1) ";
      assertThat(lab.reload(configuration.replace("routing { fallback", rules + "fallback")).code())
          .isEqualTo(Progress.Code.DONE);
    }

    void send(int path, byte[] message) throws IOException {
      sockets[path].send(new DatagramPacket(message, message.length));
    }

    /** All answers there are, by ID; waits long for those that must come, and a moment for more. */
    Map<Integer, byte[]> receive(int path, int expected) throws IOException {
      Map<Integer, byte[]> answers = new HashMap<>();
      DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
      try {
        while (true) {
          sockets[path].setSoTimeout(answers.size() < expected ? 6000 : 1);
          packet.setLength(65536);
          sockets[path].receive(packet);
          byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
          assertThat(answers.put(u16(bytes, 0), bytes)).as("answered twice").isNull();
        }
      } catch (SocketTimeoutException e) {
        return answers;
      }
    }

    @Override
    public void close() throws IOException {
      for (DatagramSocket socket : sockets) {
        if (socket != null) {
          socket.close();
        }
      }
      lab.close();
    }
  }

  private static String zones() {
    StringBuilder zones = new StringBuilder("rrset-roundrobin: no\nlocal-zone: \".\" static\n");
    zones.append("local-data: \". 3600 SOA ns.net. root.net. 1 1 1 1 3600\"\n");
    // Else the root would say that there is no net, which ends all below (RFC 8020).
    data(zones, "net. 3600 TXT there");
    zones.append("local-zone: \"wild.net.\" redirect\n");
    zones.append("local-data: \"wild.net. 3600 A 203.0.113.9\"\n");
    zones.append("local-zone: \"rich.net.\" static\n");
    zones.append("local-data: \"rich.net. 3600 SOA ns.rich.net. root.rich.net. 1 1 1 1 3600\"\n");
    data(zones, "rich.net. 3600 NS ns.rich.net.");
    data(zones, "a.rich.net. 3600 A 203.0.113.1");
    data(zones, "a.rich.net. 3600 AAAA 2001:db8::1");
    data(zones, "b.rich.net. 7200 A 203.0.113.2");
    data(zones, "b.rich.net. 3600 TYPE65 \\# 3 000100");
    data(zones, "exact.rich.net. 3600 A 203.0.113.3");
    data(zones, "tracker.rich.net. 3600 A 203.0.113.4");
    data(zones, "alias.rich.net. 3600 CNAME a.rich.net.");
    data(zones, "mail.rich.net. 3600 MX 10 a.rich.net.");
    data(zones, "mail.rich.net. 3600 MX 20 b.rich.net.");
    data(zones, "_dns.rich.net. 3600 TXT odd");
    data(zones, "empty.rich.net. 3600 TXT here");
    for (int i = 0; i < 20; i++) {
      data(zones, "many.rich.net. 3600 A 203.0.113." + (100 + i));
      data(zones, "long.rich.net. 3600 TXT " + ("" + (char) ('a' + i)).repeat(30));
      data(zones, "huge.rich.net. 3600 TXT " + ("" + (char) ('a' + i)).repeat(120));
    }
    return zones.toString();
  }

  private static void data(StringBuilder zones, String record) {
    zones.append("local-data: '").append(record).append("'\n");
  }
}
