package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.KernelFeatures;
import dev.gander.kernel.Lab;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A query's way from a client's socket to the listener and back. */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InterceptorKernelTest {

  private Lab lab;
  private Interceptor interceptor;
  private EchoServer server;

  @BeforeAll
  void open() throws Exception {
    lab = new Lab('a', 'b');
    interceptor = lab.router().call(() -> Interceptor.open(2, KernelFeatures.probe()));
    server = lab.router().call(() -> new EchoServer(interceptor, 2));
    lab.router()
        .call(() -> {
          interceptor.apply(List.of("lan0"));
          return null;
        });
  }

  @AfterAll
  void close() throws Exception {
    server.close();
    interceptor.close();
    lab.close();
  }

  @Test
  void aQueryToAnAddressNobodyOwnsIsAnsweredFromThatAddress() throws Exception {
    assertThat(ask("198.51.100.53", 53, "hello, whoever")).isEqualTo("198.51.100.53");
    assertThat(ask("2001:db8::53", 53, "hello, whoever")).isEqualTo("2001:db8:0:0:0:0:0:53");
  }

  private String ask(String server, int port, String text) throws Exception {
    return lab.client()
        .call(() -> {
          try (DatagramSocket socket = new DatagramSocket()) {
            byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
            socket.send(
                new DatagramPacket(
                    payload,
                    payload.length,
                    new InetSocketAddress(InetAddress.getByName(server), port)));
            socket.setSoTimeout(2000);
            DatagramPacket reply = new DatagramPacket(new byte[4096], 4096);
            socket.receive(reply);
            return reply.getAddress().getHostAddress();
          }
        });
  }
}
