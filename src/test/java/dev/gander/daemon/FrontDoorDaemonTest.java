package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.proxy.SingBoxResolver;
import dev.gander.tls.SelfSigned;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The encrypted front door of a running daemon, with kdig, the JDK's HTTP client and gander. */
@Timeout(120)
class FrontDoorDaemonTest {

  private static final String NAME = "dns.home.arpa";
  private static final String ADDRESS = "192.0.2.99";

  @TempDir Path folder;
  private TestUpstream upstream;

  @BeforeEach
  void anUpstreamAndACertificate() throws Exception {
    upstream = new TestUpstream(ADDRESS);
    newCertificate();
  }

  private void newCertificate() throws Exception {
    SelfSigned.make(List.of(NAME), List.of("127.0.0.1"), Duration.ofDays(30))
        .write(folder.resolve("cert.pem"), folder.resolve("key.pem"));
  }

  @AfterEach
  void noUpstream() {
    upstream.close();
  }

  @Test
  void kdigAsksByTlsAndItsAnswersArePadded() throws Exception {
    try (RunningDaemon running = start("")) {
      String out = kdig(running, "tls ", "+tls", "+padding=128", "www.example", "A");
      assertThat(out).contains("NOERROR", ADDRESS, "PADDING", "Received 468 B");
      assertThat(kdig(running, "tls ", "+tls", "+nopadding", "www.example", "A"))
          .contains(ADDRESS)
          .doesNotContain("PADDING");
      assertThat(running.counter("answered_from_cache")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"+https", "+https-get"})
  void kdigAsksByHttps(String how) throws Exception {
    try (RunningDaemon running = start("")) {
      for (int i = 0; i < 2; i++) {
        assertThat(kdig(running, "https ", "+https", how, "www.example", "A"))
            .contains("HTTP/2", "NOERROR", ADDRESS);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void httpHasItsHeadersAndItsErrors(HttpClient.Version version) throws Exception {
    try (RunningDaemon running = start("")) {
      HttpClient client = HttpClient.newBuilder().sslContext(trust()).version(version).build();
      URI uri = uri(running, "/dns-query");
      byte[] query = query("www.example");
      HttpRequest post = dns(uri).POST(BodyPublishers.ofByteArray(query)).build();
      for (int i = 0; i < 20; i++) {
        HttpResponse<byte[]> response = client.send(post, BodyHandlers.ofByteArray());
        assertThat(response.version()).isEqualTo(version);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type"))
            .contains("application/dns-message");
        assertThat(response.headers().firstValue("cache-control").orElseThrow())
            .matches("max-age=\\d+")
            .isNotEqualTo("max-age=0");
        assertThat(address(response.body())).isEqualTo(ADDRESS);
      }
      String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(query);
      HttpRequest get = HttpRequest.newBuilder(uri(running, "/dns-query?dns=" + encoded)).build();
      assertThat(address(client.send(get, BodyHandlers.ofByteArray()).body())).isEqualTo(ADDRESS);
      assertThat(status(client, HttpRequest.newBuilder(uri).build())).isEqualTo(400);
      assertThat(status(client, HttpRequest.newBuilder(uri(running, "/x?dns=AAAA")).build()))
          .isEqualTo(404);
      assertThat(status(client, HttpRequest.newBuilder(uri).DELETE().build())).isEqualTo(405);
      HttpRequest text =
          HttpRequest.newBuilder(uri)
              .header("content-type", "text/plain")
              .POST(BodyPublishers.ofByteArray(query))
              .build();
      assertThat(status(client, text)).isEqualTo(415);
      HttpRequest empty = dns(uri).POST(BodyPublishers.noBody()).build();
      assertThat(status(client, empty)).isEqualTo(400);
      byte[] longer = new byte[70_000];
      assertThat(status(client, dns(uri).POST(BodyPublishers.ofByteArray(longer)).build()))
          .isEqualTo(413);
      HttpRequest head = HttpRequest.newBuilder(get.uri()).HEAD().build();
      HttpResponse<byte[]> bodiless = client.send(head, BodyHandlers.ofByteArray());
      assertThat(bodiless.statusCode()).isEqualTo(200);
      assertThat(bodiless.headers().firstValueAsLong("content-length").orElse(0)).isPositive();
      assertThat(bodiless.body()).isEmpty();
      assertThat(running.counter("door_requests_refused")).isEqualTo(6);
    }
  }

  @ParameterizedTest
  @CsvSource({"tls, ", "https, /dns-query", "h3, /dns-query", "quic, "})
  void anotherGanderAsksByEveryTransport(String scheme, String path) throws Exception {
    try (RunningDaemon running = start("")) {
      int port = running.endpoint(scheme + " ").getPort();
      Path second = Files.createDirectory(folder.resolve("second"));
      String url =
          "%s://127.0.0.1:%d%s?ca=../cert.pem&sni=%s"
              .formatted(scheme, port, path == null ? "" : path, NAME);
      String configuration =
          RunningDaemon.configuration("udp://127.0.0.1:0", 1, "")
              .replace("udp://127.0.0.1:1'", url + "'");
      try (RunningDaemon asking = RunningDaemon.start(second, configuration)) {
        for (int i = 0; i < 30; i++) {
          assertThat(asking.ask("name" + i + ".example")).isEqualTo(ADDRESS);
        }
      }
      assertThat(running.counter("answered_from_upstream")).isEqualTo(30);
      assertThat(running.counter("door_connections")).isBetween(1L, 2L);
      assertThat(running.counter("door_connections_malformed")).isZero();
    }
  }

  /** aioquic comes from PyPI with `./gander test`, as the kernel's tests do. */
  @Tag("kernel")
  @ParameterizedTest
  @CsvSource({
    "doq, 1000, 192.0.2.99",
    "h3, 1000, 192.0.2.99",
    "doq-keepalive, 1, closed 2",
    "doq-unframed, 1, closed 2",
    "doq-id, 1, closed 2",
    "doq-two, 1, closed 2",
    "doq-alpn, 1, closed 376",
    "h3-alpn, 1, closed 376"
  })
  void aioquicAsksByQuicAndHttp3(String how, int count, String each) throws Exception {
    try (RunningDaemon running = start("")) {
      String scheme = how.startsWith("h3") ? "h3 " : "quic ";
      String out = aioquic(how, running.endpoint(scheme), count);
      assertThat(out.lines()).hasSize(count).allMatch(each::equals);
      assertThat(running.counter("door_connections")).isEqualTo(1);
      long malformed = running.counter("door_connections_malformed");
      assertThat(malformed).isEqualTo(each.equals("closed 2") ? 1 : 0);
      assertThat(running.counter("door_handshakes_failed"))
          .isEqualTo(how.endsWith("-alpn") ? 1 : 0);
    }
  }

  @Tag("kernel")
  @ParameterizedTest
  @ValueSource(strings = {"doq", "h3"})
  void amongManyHandshakesThatAreNeverFinishedAClientProvesItsAddressFirst(String how)
      throws Exception {
    try (RunningDaemon running = start("")) {
      String out = aioquic(how + "-crowd", running.endpoint(how.equals("h3") ? "h3 " : "quic "), 3);
      assertThat(out.lines()).containsExactly("1", "192.0.2.99", "192.0.2.99", "192.0.2.99");
      assertThat(running.counter("door_retries")).isPositive();
      assertThat(running.counter("door_connections")).isBetween(250L, 270L);
    }
  }

  /**
   * It stops a stream once it has the message: the stream must have ended by then, or no other may
   * take its place. Most answers are at hand, and leave while their stream is read.
   */
  @Test
  @EnabledIf("dev.gander.proxy.SingBoxResolver#isThere")
  void singBoxKeepsAHundredQueriesUnderWayByQuic() throws Exception {
    try (RunningDaemon running = start("");
        SingBoxResolver singBox = new SingBoxResolver(folder, running.endpoint("quic "));
        DatagramSocket client = new DatagramSocket()) {
      client.connect(singBox.address());
      client.setSoTimeout(1000);
      Set<Integer> left = new TreeSet<>();
      int sent = 0;
      int silent = 0;
      while (sent < 1000 || !left.isEmpty()) {
        for (; sent < 1000 && left.size() < 100; sent++) {
          left.add(sent);
          client.send(numbered(sent));
        }
        DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
        try {
          client.receive(packet);
          byte[] reply = Arrays.copyOf(packet.getData(), packet.getLength());
          assertThat(address(reply)).isEqualTo(ADDRESS);
          left.remove((reply[0] & 0xff) << 8 | (reply[1] & 0xff));
          silent = 0;
        } catch (SocketTimeoutException e) {
          // A connection on which nothing moves would be given up in 30 seconds.
          assertThat(++silent)
              .as("silent seconds, with %d answered", sent - left.size())
              .isLessThan(15);
          for (int number : left) {
            client.send(numbered(number));
          }
        }
      }
      assertThat(running.counter("replies_not_sent")).isZero();
      assertThat(running.counter("door_floods_cut")).isZero();
    }
  }

  private static DatagramPacket numbered(int id) throws Exception {
    byte[] query = query("n" + id % 50 + ".example");
    query[0] = (byte) (id >> 8);
    query[1] = (byte) id;
    return new DatagramPacket(query, query.length);
  }

  private String aioquic(String how, InetSocketAddress server, int count) throws IOException {
    Process process =
        new ProcessBuilder(
                "target/peers/bin/python",
                "src/test/peers/quic_client.py",
                how,
                String.valueOf(server.getPort()),
                folder.resolve("cert.pem").toString(),
                NAME,
                String.valueOf(count))
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void clientsAreToldOfTheEncryptedWays() throws Exception {
    String address = "127.78." + ThreadLocalRandom.current().nextInt(256) + ".1";
    String identity = "?cert=cert.pem&key=key.pem";
    String binds =
        "udp://127.0.0.1:0', 'https://%s:8443%s', 'tls://%s:8853%s"
            .formatted(address, identity, address, identity);
    try (RunningDaemon running =
        RunningDaemon.start(folder, RunningDaemon.configuration(binds, upstream.port(), ""))) {
      String out = Kdig.ask(running.udp(), "+short", "_dns.resolver.arpa", "TYPE64");
      Message message = ask(running.udp(), "_dns.resolver.arpa.", Type.SVCB);
      List<String> records =
          message.getSection(Section.ANSWER).stream().map(Record::rdataToString).toList();
      assertThat(records)
          .hasSize(2)
          .anySatisfy(it ->
              assertThat(it)
                  .startsWith("1 " + NAME + ".")
                  .contains("alpn=h2", "port=8443", "ipv4hint=" + address)
                  .containsAnyOf("dohpath", "key7"))
          .anySatisfy(
              it -> assertThat(it).startsWith("2 " + NAME + ".").contains("alpn=dot", "port=8853"));
      assertThat(out).isNotBlank();
      assertThat(ask(running.udp(), "_dns." + NAME + ".", Type.SVCB).getSection(Section.ANSWER))
          .extracting(Record::rdataToString)
          .isEqualTo(records);
      assertThat(ask(running.udp(), "_dns.resolver.arpa.", Type.A).getSection(Section.ANSWER))
          .isEmpty();
    }
  }

  @Test
  void aNewCertificateIsShownToWhoComesNextAndABadOneToNobody() throws Exception {
    try (RunningDaemon running = start("")) {
      assertThat(kdig(running, "tls ", "+tls", "a.example", "A")).contains(ADDRESS);
      SelfSigned.make(List.of("new.home.arpa"), List.of(), Duration.ofDays(30))
          .write(folder.resolve("cert.pem"), folder.resolve("key.pem"));
      // The files are looked at once a second.
      while (running.counter("certificates_reloaded") == 0) {
        Kdig.ask(running.endpoint("tls "), "+tls", "+time=2", "b.example");
      }
      assertThat(
              Kdig.ask(
                  running.endpoint("tls "),
                  "+tls",
                  "+tls-ca=" + folder.resolve("cert.pem"),
                  "+tls-hostname=new.home.arpa",
                  "c.example"))
          .contains(ADDRESS);
      Files.writeString(folder.resolve("cert.pem"), "rubbish");
      while (running.counter("certificates_not_reloaded") == 0) {
        Kdig.ask(running.endpoint("tls "), "+tls", "+time=2", "d.example");
      }
      assertThat(Kdig.ask(running.endpoint("tls "), "+tls", "e.example")).contains(ADDRESS);
      assertThat(Kdig.ask(running.endpoint("https "), "+https", "f.example")).contains(ADDRESS);
      assertThat(running.counter("certificates_reloaded")).as("once for all").isEqualTo(1);
      assertThat(running.counter("certificates_not_reloaded")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "tls"})
  void aProxySaysForWhomItSpeaks(String scheme) throws Exception {
    String options = scheme.equals("tls") ? "cert=cert.pem&key=key.pem&" : "";
    String bind = scheme + "://127.0.0.1:0?" + options + "proxy_protocol=true";
    String rule = "sip(203.0.113.9) -> reject";
    try (RunningDaemon running =
        RunningDaemon.start(folder, RunningDaemon.configuration(bind, upstream.port(), rule))) {
      InetSocketAddress server = running.endpoint(scheme + " ");
      assertThat(throughProxy(server, scheme, "cb007109")).isEqualTo("nothing"); // 203.0.113.9
      assertThat(throughProxy(server, scheme, "cb00710a")).isEqualTo(ADDRESS);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void aChecksumInAProxysHeaderMustBeRight(int pieceLength) throws Exception {
    try (RunningDaemon running =
        RunningDaemon.start(
            folder,
            RunningDaemon.configuration(
                "tcp://127.0.0.1:0?proxy_protocol=true", upstream.port(), ""))) {
      InetSocketAddress server = running.endpoint("tcp ");
      byte[] header = checked("cb007109");
      try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
        for (int at = 0; at < header.length; at += pieceLength) {
          socket.getOutputStream().write(header, at, Math.min(pieceLength, header.length - at));
          socket.getOutputStream().flush();
        }
        assertThat(ask(socket)).isEqualTo(ADDRESS);
      }
      assertThat(running.counter("door_proxies_refused")).isZero();
      header[18]++; // an address that the checksum does not hold for
      try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
        socket.getOutputStream().write(header);
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(running.counter("door_proxies_refused")).isEqualTo(1);
    }
  }

  /** A header of version 2 with two TLVs: no operation, and the checksum of the whole. */
  private static byte[] checked(String client) {
    String endpoints = client + "7f000001" + "d4310035";
    byte[] header =
        HexFormat.of()
            .parseHex(
                "0d0a0d0a000d0a515549540a"
                    + "21110018"
                    + endpoints
                    + "04000200ff"
                    + "03000400000000");
    CRC32C checksum = new CRC32C();
    checksum.update(header);
    ByteBuffer.wrap(header).putInt(header.length - 4, (int) checksum.getValue());
    return header;
  }

  private String throughProxy(InetSocketAddress server, String scheme, String client)
      throws Exception {
    try (Socket plain = new Socket(server.getAddress(), server.getPort())) {
      byte[] header =
          HexFormat.of()
              .parseHex("0d0a0d0a000d0a515549540a" + "2111000c" + client + "7f000001" + "d4310035");
      plain.getOutputStream().write(header);
      Socket socket =
          scheme.equals("tls")
              ? trust().getSocketFactory().createSocket(plain, NAME, server.getPort(), true)
              : plain;
      return ask(socket);
    }
  }

  private static String ask(Socket socket) throws Exception {
    byte[] query = query("www.example");
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    out.writeShort(query.length);
    out.write(query);
    out.flush();
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] reply = new byte[in.readUnsignedShort()];
    in.readFully(reply);
    return address(reply);
  }

  /**
   * CVE-2019-9512, CVE-2019-9515, CVE-2023-44487, and resets that we are made to send,
   * CVE-2025-8671.
   */
  @ParameterizedTest
  @CsvSource({
    "pings, 0000080600000000000000000000000000",
    "settings, 000000040000000000",
    "resets, 000004030000000001 00000008",
    "provoked, 000004080000000001 00000000"
  })
  void floodsAreEndedAndCounted(String what, String frame) throws Exception {
    try (RunningDaemon running = start("");
        SSLSocket socket = http2(running)) {
      OutputStream out = begun(socket);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      Thread flood = Thread.ofVirtual().start(() -> flood(out, frame));
      assertThat(goAway(in)).as(what).isEqualTo(0xb); // ENHANCE_YOUR_CALM
      flood.join();
      assertThat(running.counter("door_floods_cut")).isEqualTo(1);
      assertThat(kdig(running, "https ", "+https", "www.example", "A")).contains(ADDRESS);
    }
  }

  /**
   * A client may open as many streams as it likes until it has read our settings (RFC 9113 section
   * 5.1.2): those too many are refused, which says that they may be asked again, and are no flood.
   */
  @Test
  void aBurstBeforeOurSettingsAreReadIsRefusedAndNoFlood() throws Exception {
    try (RunningDaemon running = start("");
        SSLSocket socket = http2(running)) {
      OutputStream out = begun(socket);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      openStreams(out, 0, 1000);
      for (int i = 0; i < 1000; i++) { // the bodies, each of one byte that is no query yet
        out.write(HexFormat.of().parseHex("0000010000" + "%08x".formatted(2 * i + 1) + "00"));
      }
      out.write(HexFormat.of().parseHex("000008060000000000" + "0102030405060708")); // PING
      out.flush();
      assertThat(refusedUntilPong(in)).isEqualTo(900);
      assertThat(running.counter("door_floods_cut")).isZero();
      out.write(HexFormat.of().parseHex("000000040100000000")); // ACK of our settings
      Thread flood = Thread.ofVirtual().start(() -> openStreams(out, 1000, 2000));
      assertThat(goAway(in)).isEqualTo(0xb); // ENHANCE_YOUR_CALM
      flood.join();
      assertThat(running.counter("door_floods_cut")).isEqualTo(1);
    }
  }

  /** Each by the HEADERS of a POST whose body does not come. */
  private static void openStreams(OutputStream out, int from, int to) {
    try {
      for (int i = from; i < to; i++) {
        String stream = "%08x".formatted(2 * i + 1);
        out.write(HexFormat.of().parseHex("0000060104" + stream + "838784410178"));
      }
      out.flush();
    } catch (IOException e) {
      return; // cut, as it should be
    }
  }

  /** RST_STREAM frames with REFUSED_STREAM up to the answer to a PING. */
  private static int refusedUntilPong(DataInputStream in) throws Exception {
    int refused = 0;
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      in.skipNBytes(5);
      byte[] payload = in.readNBytes(length);
      assertThat(type).as("not GOAWAY").isNotEqualTo(7);
      if (type == 6) {
        return refused;
      }
      refused += type == 3 && payload[3] == 7 ? 1 : 0;
    }
  }

  private static void flood(OutputStream out, String frame) {
    try {
      for (int i = 0; i < 1000; i++) {
        String bytes = frame;
        if (frame.contains(" ")) {
          String stream = "%08x".formatted(2 * i + 1);
          // HEADERS with END_HEADERS: GET https / of authority x; then RST_STREAM CANCEL, or a
          // WINDOW_UPDATE by nothing, which is an error of the stream.
          String then = frame.replace("00000001 ", stream);
          bytes = "0000060104" + stream + "828784410178" + then;
        }
        out.write(HexFormat.of().parseHex(bytes));
      }
      out.flush();
    } catch (java.io.IOException e) {
      return; // cut, as it should be
    }
  }

  /** The error code of the first GOAWAY. */
  private static long goAway(DataInputStream in) throws Exception {
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      in.skipNBytes(5);
      byte[] payload = in.readNBytes(length);
      if (payload.length < length) {
        throw new EOFException();
      }
      if (type == 7) {
        return HexFormat.fromHexDigitsToLong(HexFormat.of().formatHex(payload, 4, 8));
      }
    }
  }

  /** After the connection preface with empty settings (RFC 9113 section 3.4). */
  private static OutputStream begun(SSLSocket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    out.write(HexFormat.of().parseHex("000000040000000000"));
    return out;
  }

  /** RFC 6585: the stream ends, and the connection serves on. */
  @Test
  void headersThatAreTooLongAreAnsweredAndTheConnectionGoesOn() throws Exception {
    try (RunningDaemon running = start("");
        SSLSocket socket = http2(running)) {
      OutputStream out = begun(socket);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      // GET https / of authority x, a field x of 140,000 bytes (RFC 7541 section 5.1), in pieces.
      byte[] start = HexFormat.of().parseHex("828784410178" + "0001787f" + "e1c408");
      byte[] block = Arrays.copyOf(start, start.length + 140_000);
      Arrays.fill(block, start.length, block.length, (byte) 'a');
      for (int at = 0; at < block.length; at += 16_384) {
        int length = Math.min(16_384, block.length - at);
        boolean last = at + length == block.length;
        int type = at == 0 ? 1 : 9;
        int flags = (at == 0 ? 1 : 0) | (last ? 4 : 0);
        out.write(HexFormat.of().parseHex("%06x%02x%02x00000001".formatted(length, type, flags)));
        out.write(block, at, length);
      }
      assertThat(statusOfHeaders(in)).isEqualTo("431");
      out.write(HexFormat.of().parseHex("000006010500000003828784410178"));
      assertThat(statusOfHeaders(in)).isEqualTo("404");
    }
  }

  /** RFC 9113 section 8.1: the response whole, then the reset, and nothing behind it. */
  @Test
  void aBodyThatIsTooLongIsAnsweredBeforeItsStreamIsReset() throws Exception {
    try (RunningDaemon running = start("");
        SSLSocket socket = http2(running)) {
      OutputStream out = begun(socket);
      out.write(HexFormat.of().parseHex("000006010400000001838784410178")); // POST
      String data = "003e80000000000001" + "00".repeat(16_000);
      for (int i = 0; i < 5; i++) {
        out.write(HexFormat.of().parseHex(data));
      }
      DataInputStream in = new DataInputStream(socket.getInputStream());
      List<Integer> ofTheStream = new java.util.ArrayList<>();
      while (!ofTheStream.contains(3)) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        in.skipNBytes(1);
        if (in.readInt() == 1 && type != 8) {
          ofTheStream.add(type);
        }
        in.skipNBytes(length);
      }
      assertThat(ofTheStream).as("HEADERS, DATA, RST_STREAM").containsExactly(1, 0, 3);
      out.write(HexFormat.of().parseHex("000006010500000003828784410178"));
      assertThat(statusOfHeaders(in)).isEqualTo("404");
    }
  }

  /**
   * Of the next HEADERS, whose first field is the status: indexed, or a literal of three digits.
   */
  private static String statusOfHeaders(DataInputStream in) throws Exception {
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      in.skipNBytes(5);
      byte[] payload = in.readNBytes(length);
      assertThat(type).as("no GOAWAY").isNotEqualTo(7);
      if (type == 1) {
        return switch (payload[0] & 0xff) {
          case 0x8d -> "404";
          default -> new String(payload, 2, 3, StandardCharsets.US_ASCII);
        };
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"tls, nope", "https, dot"})
  void whoOffersOnlyProtocolsThatAreNotOursIsNotServed(String scheme, String protocol)
      throws Exception {
    try (RunningDaemon running = start("")) {
      assertThatThrownBy(() -> offering(running, scheme, protocol).close())
          .isInstanceOf(IOException.class);
      try (SSLSocket silent = offering(running, scheme)) {
        assertThat(silent.getApplicationProtocol()).isEmpty();
      }
      assertThat(running.counter("door_handshakes_failed")).isEqualTo(1);
    }
  }

  /** RFC 9112 section 3.2. */
  @Test
  void http1WithoutAHostIsRefused() throws Exception {
    try (RunningDaemon running = start("");
        SSLSocket socket = offering(running, "https", "http/1.1")) {
      socket.setSoTimeout(15_000);
      socket
          .getOutputStream()
          .write("GET /dns-query?dns=AAAA HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 400 ")
          .contains("connection: close")
          .endsWith("the field Host is missing\n");
    }
  }

  private SSLSocket http2(RunningDaemon running) throws Exception {
    return offering(running, "https", "h2");
  }

  private SSLSocket offering(RunningDaemon running, String scheme, String... protocols)
      throws Exception {
    InetSocketAddress server = running.endpoint(scheme + " ");
    SSLSocket socket =
        (SSLSocket) trust().getSocketFactory().createSocket(server.getAddress(), server.getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  @Test
  void whatIsNoTlsIsCountedAndEnded() throws Exception {
    try (RunningDaemon running = start("");
        Socket socket =
            new Socket(InetAddress.getLoopbackAddress(), running.endpoint("tls ").getPort())) {
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      InputStream in = socket.getInputStream();
      byte[] _ = in.readAllBytes();
      Eventually.holds(() -> running.counter("door_handshakes_failed") == 1);
    }
  }

  @Test
  void aReloadKeepsConnectionsAndTakesNewOptions() throws Exception {
    try (RunningDaemon running = start("")) {
      InetSocketAddress before = running.endpoint("https ");
      HttpClient client = HttpClient.newBuilder().sslContext(trust()).build();
      HttpRequest post =
          dns(uri(running, "/dns-query"))
              .POST(BodyPublishers.ofByteArray(query("www.example")))
              .build();
      assertThat(status(client, post)).isEqualTo(200);
      running.reload(configuration("").replace("https://127.0.0.1:0", "https://127.0.0.1:0/other"));
      assertThat(running.endpoint("https ")).isEqualTo(before);
      assertThat(status(client, post)).as("the old connection").isEqualTo(200);
      assertThat(running.counter("door_connections")).isEqualTo(1);
      HttpClient next = HttpClient.newBuilder().sslContext(trust()).build();
      assertThat(status(next, post)).isEqualTo(404);
    }
  }

  private RunningDaemon start(String rules) throws Exception {
    return RunningDaemon.start(folder, configuration(rules));
  }

  private String configuration(String rules) {
    String identity = "127.0.0.1:0?cert=cert.pem&key=key.pem";
    String binds =
        "udp://127.0.0.1:0', 'tls://%s', 'https://%s', 'h3://%s', 'quic://%s"
            .formatted(identity, identity, identity, identity);
    return RunningDaemon.configuration(binds, upstream.port(), rules);
  }

  private String kdig(RunningDaemon running, String protocol, String... arguments)
      throws Exception {
    List<String> all = new java.util.ArrayList<>(List.of(arguments));
    all.add("+tls-ca=" + folder.resolve("cert.pem"));
    all.add("+tls-hostname=" + NAME);
    return Kdig.ask(running.endpoint(protocol), all.toArray(String[]::new));
  }

  private SSLContext trust() throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(folder.resolve("cert.pem"))) {
      store.setCertificateEntry(
          "it", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  private static URI uri(RunningDaemon running, String path) throws Exception {
    return URI.create("https://127.0.0.1:" + running.endpoint("https ").getPort() + path);
  }

  private static HttpRequest.Builder dns(URI uri) {
    return HttpRequest.newBuilder(uri).header("content-type", "application/dns-message");
  }

  private static int status(HttpClient client, HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  private static byte[] query(String name) throws Exception {
    return Message.newQuery(Record.newRecord(Name.fromString(name + "."), Type.A, DClass.IN))
        .toWire();
  }

  private static Message ask(InetSocketAddress server, String name, int type) throws Exception {
    org.xbill.DNS.SimpleResolver resolver = new org.xbill.DNS.SimpleResolver(server);
    return resolver.send(
        Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN)));
  }

  private static String address(byte[] reply) throws Exception {
    List<Record> answer = new Message(reply).getSection(Section.ANSWER);
    return answer.isEmpty() ? "nothing" : answer.getFirst().rdataToString();
  }
}
