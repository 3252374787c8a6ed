package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gander.tls.SelfSigned;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Entries of {@code bind} that cannot stand beside each other. */
class BindsTest {

  private static final String PAIR = "?cert=cert.pem&key=key.pem";

  @TempDir private Path folder;

  @BeforeEach
  void makePair() throws Exception {
    SelfSigned.make(List.of("dns.home.arpa"), List.of(), Duration.ofDays(2))
        .write(folder.resolve("cert.pem"), folder.resolve("key.pem"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tls://192.0.2.1:443? https://192.0.2.1:443?",
        "quic://192.0.2.1:443? h3://192.0.2.1:443?",
        "tcp://192.0.2.1:853 tls://192.0.2.1:853?",
        "tcp+udp://192.0.2.1:853 quic://192.0.2.1:853?",
        "https://192.0.2.1/dns-query? https://192.0.2.1/other?",
        "udp://0.0.0.0:53 udp://192.0.2.1:53",
        "tcp://192.0.2.1:53 tcp+udp://[::]:53",
        "udp://0.0.0.0:53 udp://[::]:53"
      })
  void twoAtOneAddressAndPortAreRefusedAtTheSecond(String both) throws Exception {
    String second = both.substring(both.indexOf(' ') + 1);
    String scheme = second.substring(0, second.indexOf("://") + 3);

    assertThat(refused(both))
        .singleElement()
        .asString()
        .startsWith(folder.resolve("x.dae") + ":3:1: error: " + scheme + " here has the address")
        .contains("at " + folder.resolve("x.dae") + ":2:7");
  }

  @Test
  void whatCanListenBesideEachOtherMay() throws Exception {
    load(
        "udp://192.0.2.1:53 tcp://192.0.2.1:53 tls://192.0.2.1? quic://192.0.2.1? https://192.0.2.1?"
            + " h3://192.0.2.1? udp://192.0.2.2:53 udp://127.0.0.1:0 udp://0.0.0.0:0");
    load("udp://0.0.0.0:53 tcp://192.0.2.1:53 udp://[2001:db8::1]:53");
    load("udp://192.0.2.1:53 tcp+udp://192.0.2.1:53");
  }

  private List<String> refused(String endpoints) throws Exception {
    ConfigException refusal = catchThrowableOfType(ConfigException.class, () -> load(endpoints));
    return refusal.diagnostics().stream().map(Diagnostic::toString).toList();
  }

  private void load(String endpoints) throws Exception {
    Path file = folder.resolve("x.dae");
    Files.writeString(
        file,
        "global { } routing { } dns { upstream { a: 'udp://192.0.2.9' } routing { request { fallback: a } }\nbind: '"
            + endpoints.replace(" ", "',\n'").replace("?", PAIR)
            + "' }");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    ConfigFile.load(file);
  }
}
