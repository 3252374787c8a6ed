package dev.gander.doctor;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Bind;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * This machine's clock against the {@code Date} (RFC 9110 § 6.6.1) of the server of {@code
 * tcp_check_url}, where certificates or VMess need the time.
 */
final class ClockCheck {

  private static final String SUBJECT = "clock";
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** VMess allows two minutes. */
  private static final Duration FAR = Duration.ofSeconds(90);

  private static final Duration A_BIT = Duration.ofSeconds(20);
  private static final int HTTP = 80;

  private final Settings settings;
  private final Clock clock;
  private final Report report;

  ClockCheck(Settings settings, Clock clock, Report report) {
    this.settings = settings;
    this.clock = clock;
    this.report = report;
  }

  void look() {
    boolean matters =
        !settings.nodes().isEmpty()
            || !settings.subscriptions().isEmpty()
            || settings.dns().upstreams().stream()
                .map(Upstream::scheme)
                .anyMatch(it -> it.encrypted())
            || settings.dns().bind().stream().map(Bind::identity).anyMatch(it -> it.isPresent());
    if (!matters) {
      return;
    }
    List<String> check = settings.global().tcpCheckUrl();
    URI url = URI.create(check.getFirst());
    List<String> addresses = new ArrayList<>(check.subList(1, check.size()));
    if (addresses.isEmpty()) {
      addresses.add(url.getHost());
    }
    String why = "";
    for (String address : addresses) {
      try {
        tell(Duration.between(Instant.ofEpochMilli(clock.epochMillis()), date(url, address)), url);
        return;
      } catch (IOException | DateTimeParseException e) {
        why = String.valueOf(e.getMessage());
      }
    }
    report.warning(
        SUBJECT,
        "could not be compared with %s: %s; TLS and VMess need the right time"
            .formatted(url.getHost(), why),
        "timedatectl");
  }

  /** In plain text: a certificate could not be judged before the time is known. */
  private Instant date(URI url, String address) throws IOException {
    int port = url.getPort() > 0 ? url.getPort() : HTTP;
    try (Socket socket = new Socket()) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.connect(
          new InetSocketAddress(InetAddress.getByName(address), port), (int) PATIENCE.toMillis());
      String request =
          "HEAD / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(url.getHost());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      for (String line = lines.readLine();
          line != null && !line.isEmpty();
          line = lines.readLine()) {
        if (line.toLowerCase(Locale.ROOT).startsWith("date:")) {
          return ZonedDateTime.parse(
                  line.substring(5).strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
              .toInstant();
        }
      }
      throw new IOException("it tells no date");
    }
  }

  private void tell(Duration behind, URI url) {
    String text =
        "%d s %s that of %s"
            .formatted(
                behind.abs().toSeconds(),
                behind.isNegative() ? "ahead of" : "behind",
                url.getHost());
    String remedy = "timedatectl set-ntp true    # or: chronyd -q 'pool pool.ntp.org iburst'";
    if (behind.abs().compareTo(FAR) > 0) {
      report.wrong(SUBJECT, text + ": TLS and VMess need the right time", remedy);
    } else if (behind.abs().compareTo(A_BIT) > 0) {
      report.warning(SUBJECT, text, remedy);
    } else {
      report.ok(SUBJECT, "as that of " + url.getHost());
    }
  }
}
