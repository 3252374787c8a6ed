package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.daemon.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorCommandTest {

  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  @TempDir private Path temporary;

  private Commands.Result examine(String global, String bind, String upstream, String... words)
      throws Exception {
    Path file =
        Files.writeString(
            temporary.resolve("test.dae"),
            """
            global { %s }
            dns {
              bind: '%s'
              query_timeout: 1s
              upstream { it: '%s' }
              routing { request { fallback: it } }
            }
            routing { fallback: direct }
            """
                .formatted(global, bind, upstream));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    List<String> all = new java.util.ArrayList<>(List.of("doctor", "-c", file.toString()));
    all.addAll(List.of("--runtime-dir", temporary.resolve("run").toString()));
    all.addAll(List.of(words));
    return Commands.run(all.toArray(String[]::new));
  }

  /** Answers every question with nothing but its response code. */
  private static DatagramSocket server(int rcode) throws SocketException {
    DatagramSocket socket = new DatagramSocket(0, HERE);
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          byte[] buffer = new byte[512];
          try {
            while (true) {
              DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
              socket.receive(packet);
              buffer[2] |= (byte) 0x80;
              buffer[3] = (byte) (0x80 | rcode);
              socket.send(packet);
            }
          } catch (IOException e) {
            socket.close(); // the test is over
          }
        });
    return socket;
  }

  @Test
  void whereNothingIsWrongItSaysSo() throws Exception {
    try (DatagramSocket upstream = server(0)) {
      Commands.Result result =
          examine("", "127.0.0.1:0", "udp://127.0.0.1:" + upstream.getLocalPort());
      assertThat(result.out())
          .contains("ok       configuration ")
          .contains("ok       upstream      it (udp) answers in ")
          .contains("warning  daemon ")
          .contains("             gander run -c ")
          .contains("0 wrong, ");
      assertThat(result.status()).isZero();
    }
  }

  @Test
  void aPortThatIsTakenIsToldWithWhoHasIt() throws Exception {
    try (DatagramSocket taken = new DatagramSocket(0, HERE);
        DatagramSocket upstream = server(5)) {
      Commands.Result result =
          examine(
              "",
              "udp://127.0.0.1:" + taken.getLocalPort(),
              "udp://127.0.0.1:" + upstream.getLocalPort(),
              "--json");
      assertThat(result.status()).isEqualTo(1);
      Map<String, Object> object = Json.parseObject(result.out());
      assertThat(object.get("wrong")).isEqualTo(1L);
      assertThat((List<?>) object.get("findings"))
          .anySatisfy(row ->
              assertThat(row.toString())
                  .contains("level=wrong", "subject=port")
                  .contains("is taken by java (pid " + ProcessHandle.current().pid() + ")")
                  .contains("systemctl disable --now java"))
          .anySatisfy(row ->
              assertThat(row.toString()).contains("level=warning", "it (udp) answers REFUSED"));
    }
  }

  @Test
  void anUpstreamThatDoesNotAnswerIsWrong() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(0, HERE)) {
      Commands.Result result =
          examine("", "127.0.0.1:0", "udp://127.0.0.1:" + silent.getLocalPort(), "--quiet");
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.out())
          .contains("wrong    upstream      it (udp) does not answer: ")
          .doesNotContain("ok       ");
    }
  }

  @Test
  void anInterfaceThatIsNotThereIsNamedWithThoseThatAre() throws Exception {
    try (DatagramSocket upstream = server(0)) {
      Commands.Result result =
          examine(
              "lan_interface: nolan0 wan_interface: nowan0",
              "127.0.0.1:0",
              "udp://127.0.0.1:" + upstream.getLocalPort());
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.out())
          .contains("lan_interface: there is no interface nolan0; this machine has: ")
          .contains("nowan0 of wan_interface is not there; it is served once it comes");
    }
  }

  @Test
  void aWrongConfigurationIsAllThatIsSaid() throws Exception {
    Commands.Result result = examine("lan_interfaec: lan0", "127.0.0.1:0", "udp://127.0.0.1:9");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).contains("wrong    configuration").contains("gander validate -c ");
  }

  private Commands.Result examineWithClock(Duration off) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, HERE)) {
      String date =
          DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).minus(off));
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            try (Socket client = server.accept()) {
              // All of the request: what is left unread when it is closed would reset the
              // connection.
              BufferedReader request =
                  new BufferedReader(
                      new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
              String line = request.readLine();
              while (line != null && !line.isEmpty()) {
                line = request.readLine();
              }
              client
                  .getOutputStream()
                  .write(
                      ("HTTP/1.1 204 No Content\r\nDate: " + date + "\r\n\r\n")
                          .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      return examine(
          "tcp_check_url: 'http://clock.example:" + server.getLocalPort() + ",127.0.0.1'",
          "127.0.0.1:0",
          "tls://127.0.0.1:9");
    }
  }

  @Test
  void aClockThatIsFarOffIsWrongWhereTlsIsSpoken() throws Exception {
    assertThat(examineWithClock(Duration.ofHours(1)).out())
        .containsPattern("wrong    clock         3[56]\\d\\d s ahead of that of clock.example")
        .contains("timedatectl set-ntp true");
    assertThat(examineWithClock(Duration.ZERO).out())
        .contains("ok       clock         as that of clock.example");
  }
}
