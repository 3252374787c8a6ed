package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Every message that comes in is counted once for how it ended: the soak of bench/soak, small. */
class AccountingDaemonTest {

  private static final int MESSAGES = 6000;
  private static final int BATCH = 60;

  @TempDir Path folder;

  private final Random random = new Random(3);

  @Test
  void whatWasReceivedIsAnsweredRefusedOrDroppedWithAReason() throws Exception {
    try (TestUpstream upstream = new TestUpstream("192.0.2.99");
        RunningDaemon running =
            RunningDaemon.start(
                folder,
                RunningDaemon.configuration(
                    "udp://127.0.0.1:0", upstream.port(), "qname(suffix: ads.example) -> reject"));
        DatagramSocket client = new DatagramSocket()) {
      InetSocketAddress server = running.udp();
      client.connect(server);
      client.setSoTimeout(5);
      int answers = 0;
      for (int i = 0; i < MESSAGES; i++) {
        byte[] message = message(i);
        client.send(new DatagramPacket(message, message.length));
        if (i % BATCH == BATCH - 1) {
          // No more than the buffers of both sides hold, however slow this machine is.
          int sent = i + 1;
          Eventually.holds(() -> number(queries(running), "received") == sent);
          answers += received(client);
        }
      }
      Eventually.holds(() -> number(queries(running), "in_flight") == 0);
      Map<?, ?> counted = queries(running);
      long expected = sum(counted, "answered_") + sum(counted, "refused_");
      client.setSoTimeout(30_000);
      for (; answers < expected; answers++) {
        client.receive(new DatagramPacket(new byte[2048], 2048));
      }
      client.setSoTimeout(5);
      answers += received(client);

      long received = number(counted, "received");
      assertThat(sum(counted, "answered_") + sum(counted, "refused_") + sum(counted, "dropped_"))
          .isEqualTo(received);
      assertThat(received).isEqualTo(MESSAGES);
      assertThat(sum(counted, "answered_") + sum(counted, "refused_")).isEqualTo(answers);
      assertThat(sum(counted, "dropped_")).isPositive();
    }
  }

  private static Map<?, ?> queries(RunningDaemon running) throws Exception {
    return (Map<?, ?>) Objects.requireNonNull(running.status().get("queries"));
  }

  private byte[] message(int i) throws Exception {
    return switch (i % 6) {
      case 0, 1 -> query("name" + i % 50 + ".example.");
      case 2 -> query("new" + i + ".example.");
      case 3 -> query("x" + i % 20 + ".ads.example.");
      case 4 -> garbage();
      default -> {
        byte[] response = query("name.example.");
        response[2] |= (byte) (i % 12 < 6 ? 0x80 : 0);
        yield response;
      }
    };
  }

  private static byte[] query(String name) throws Exception {
    return Message.newQuery(Record.newRecord(Name.fromString(name), Type.A, DClass.IN)).toWire();
  }

  private byte[] garbage() {
    byte[] bytes = new byte[random.nextInt(1, 60)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static int received(DatagramSocket client) throws Exception {
    int count = 0;
    try {
      while (true) {
        client.receive(new DatagramPacket(new byte[2048], 2048));
        count++;
      }
    } catch (SocketTimeoutException e) {
      return count;
    }
  }

  private static long sum(Map<?, ?> counters, String prefix) {
    return counters.entrySet().stream()
        .filter(it -> String.valueOf(it.getKey()).startsWith(prefix))
        .mapToLong(it -> ((Number) it.getValue()).longValue())
        .sum();
  }

  private static long number(Map<?, ?> counters, String name) {
    return counters.get(name) instanceof Number number ? number.longValue() : 0;
  }
}
