package dev.gander.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a server sends, the outcome is a listing or a {@link LinkException} without secrets. */
class SubscriptionTextFuzzTest {

  private static final long SEED = 20261128;
  private static final int ROUNDS = 6_000;
  private static final String SECRET = "Qz7wXv";

  private static final List<String> TEXTS =
      List.of(
          "socks5://u:"
              + SECRET
              + "@192.0.2.1:1#a\nss://aes-128-gcm:"
              + SECRET
              + "@192.0.2.1:2#b\n",
          "{\"version\":1,\"servers\":[{\"remarks\":\"a\",\"server\":\"192.0.2.1\",\"server_port\":1,"
              + "\"password\":\""
              + SECRET
              + "\",\"method\":\"aes-128-gcm\",\"plugin\":\"obfs\"}]}",
          "proxies:\n  - {name: a, type: trojan, server: x.example, port: 1, password: "
              + SECRET
              + ", network: ws, ws-opts: {path: /, headers: {Host: h}}}\n  - name: b\n    type: vmess\n"
              + "    server: y.example\n    port: 2\n    uuid: "
              + SECRET
              + "\n    alpn: [h2]\n",
          "{\"outbounds\":[{\"type\":\"vless\",\"tag\":\"a\",\"server\":\"192.0.2.1\",\"server_port\":1,"
              + "\"uuid\":\""
              + SECRET
              + "\",\"tls\":{\"enabled\":true,\"alpn\":[\"h2\"]},\"transport\":{\"type\":\"ws\"}},"
              + "{\"type\":\"tuic\",\"tag\":\"b\",\"server\":\"h\",\"server_port\":2,\"password\":\""
              + SECRET
              + "\"}]}");

  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ":",
          ",",
          "- ",
          "\n",
          "  ",
          "\t",
          "\"",
          "'",
          "&a ",
          "*a",
          "!!str ",
          "#",
          "|\n",
          ">",
          "? ",
          "---\n",
          "null",
          "\\u",
          "\ud83d",
          "\0",
          "://",
          "proxies:",
          "<<: ",
          "%");

  @FuzzTest(maxDuration = "5m")
  void anyTextIsReadOrRefused(byte[] bytes) {
    check(new String(bytes, StandardCharsets.UTF_8));
  }

  @Test
  @Timeout(120)
  void anySubscriptionWithAFewChangesIsReadOrRefused() {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      StringBuilder text = new StringBuilder(TEXTS.get(random.nextInt(TEXTS.size())));
      Changes.some(text, PIECES, random);
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      check(random.nextInt(4) == 0 ? Base64.getEncoder().encodeToString(bytes) : text.toString());
    }
  }

  private static void check(String text) {
    try {
      Listing listing = SubscriptionText.read(text);
      for (String link : listing.links()) {
        try {
          assertThat(ProxyLinks.parse(link).host()).isNotEmpty();
        } catch (LinkException e) {
          assertThat(e.getMessage()).as(text).doesNotContain("Qz7w").doesNotContain("\n");
        }
      }
      assertThat(listing.refused().toString()).as(text).doesNotContain("Qz7w");
    } catch (LinkException e) {
      assertThat(e.getMessage()).as(text).isNotBlank().doesNotContain("Qz7w").doesNotContain("\n");
    }
  }
}
