package dev.gander.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever the text, the outcome is a server or a {@link LinkException}, and no secret is shown.
 */
class ProxyLinksFuzzTest {

  private static final long SEED = 20261127;
  private static final int ROUNDS = 30_000;
  private static final String SECRET = "Qz7wXv";
  private static final String KEY = base64(SECRET + "0123456789");
  private static final String ID = "b831381d63244d53ad4f8cda48b30811";

  private static final List<String> LINKS =
      List.of(
          "socks4a://" + SECRET + "@192.0.2.1:1080#name",
          "socks5://user:" + SECRET + "@[2001:db8::1]:1080#name",
          "http://user:" + SECRET + "@proxy.example:3128/",
          "https://user:" + SECRET + "@proxy.example?sni=x.example&alpn=h2",
          "ss://aes-128-gcm:" + SECRET + "@192.0.2.1:8388/?x=y#name",
          "ss://" + base64("aes-256-gcm:" + SECRET) + "@192.0.2.1:8388",
          "ss://" + base64("aes-256-gcm:" + SECRET + "@192.0.2.1:8388") + "#name",
          "ss://aes-128-gcm:"
              + SECRET
              + "@192.0.2.1:8388?plugin=obfs-local%3Bobfs%3Dtls%3Bobfs-host%3Dh",
          "ss://aes-128-gcm:"
              + SECRET
              + "@192.0.2.1:8388/?plugin=v2ray-plugin%3Btls%3Bhost%3Dh.example%3Bpath%3D/p%3Bmux%3D0#n",
          "ss://2022-blake3-aes-128-gcm:" + KEY + ":" + KEY + "@192.0.2.1:8388#name",
          "trojan://" + SECRET + "@proxy.example:443?type=tcp&security=tls#name",
          "trojan-go://" + SECRET + "@proxy.example?sni=a.example&type=ws&path=%2Fp#name",
          "vless://" + ID + "@proxy.example:443?security=tls&type=ws&path=%2Fp%3Fed%3D1&host=h#n",
          "vless://" + SECRET + "@192.0.2.1?type=grpc&serviceName=s&encryption=none",
          "vless://" + ID + "@192.0.2.1:80?type=httpupgrade&path=%2Fp&host=h",
          "hysteria2://" + SECRET + "@h.example:443,5-6?obfs=salamander&obfs-password=" + SECRET,
          "hy2://u:" + SECRET + "@[2001:db8::1]/?mport=1-2,3&insecure=1&sni=x.example#n",
          "anytls://" + SECRET + "@192.0.2.1:8443/?sni=x.example&insecure=1#n",
          "tuic://" + ID + ":" + SECRET + "@192.0.2.1?congestion_control=bbr&udp_relay_mode=quic",
          "vmess://" + base64(vmess()));

  private static final List<String> PIECES =
      List.of(
          "@",
          ":",
          "/",
          "?",
          "#",
          "%",
          "%zz",
          "%00",
          "=",
          "&",
          "[",
          "]",
          "::",
          "://",
          "é",
          "\0",
          "\ud83d",
          "-",
          "+",
          "65536",
          ".",
          "..",
          "ss://",
          "vmess://",
          "\"",
          "{",
          "}",
          "\\u",
          "e30");

  private static String vmess() {
    return "{\"add\":\"192.0.2.1\",\"port\":\"10086\",\"id\":\""
        + ID
        + "\",\"aid\":0,\"ps\":\"n\",\"net\":\"ws\",\"path\":\"/p\",\"host\":\"h\"}";
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @FuzzTest(maxDuration = "5m")
  void anyTextIsReadOrRefused(byte[] bytes) {
    check(new String(bytes, StandardCharsets.UTF_8));
  }

  @Test
  @Timeout(120)
  void anyLinkWithAFewChangesIsReadOrRefused() {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      String link = LINKS.get(random.nextInt(LINKS.size()));
      boolean inner = link.startsWith("vmess") && random.nextBoolean();
      StringBuilder text = new StringBuilder(inner ? vmess() : link);
      Changes.some(text, PIECES, random);
      check(inner ? "vmess://" + base64(text.toString()) : text.toString());
    }
  }

  private static void check(String link) {
    String told;
    try {
      ProxyServer server = ProxyLinks.parse(link);
      assertThat(server.host()).isNotEmpty();
      assertThat(server.port()).isBetween(1, 65_535);
      told = server.toString().replace(server.name(), "").replace(server.host(), "");
    } catch (LinkException e) {
      told = String.valueOf(e.getMessage());
      assertThat(told).isNotBlank().doesNotContain("\n").doesNotContain("null");
    }
    assertThat(told)
        .as(link)
        .doesNotContain("Qz7w")
        .doesNotContain(KEY.substring(0, 8))
        .doesNotContain(ID.substring(0, 8));
  }

  /** What a user wrote, however odd, arrives as he meant it. */
  @Test
  void everyPasswordComesThroughEveryForm() throws LinkException {
    Random random = new Random(SEED);
    for (int round = 0; round < 2_000; round++) {
      StringBuilder made = new StringBuilder();
      for (int left = 1 + random.nextInt(12); left > 0; left--) {
        made.appendCodePoint(random.nextInt(8) == 0 ? 0x1f600 : 0x20 + random.nextInt(0x5f));
      }
      String password = made.toString();
      String encoded = URLEncoder.encode(password, StandardCharsets.UTF_8).replace("+", "%20");
      for (String link :
          List.of(
              "ss://aes-128-gcm:" + encoded + "@192.0.2.1:8388?a=b#n@m",
              "ss://" + base64("aes-128-gcm:" + password) + "@192.0.2.1:8388#n",
              "ss://" + base64("aes-128-gcm:" + password + "@192.0.2.1:8388") + "#n",
              "trojan://" + encoded + "@192.0.2.1:8388?a=b#n",
              "trojan-go://" + encoded + "@192.0.2.1:8388?a=b#n",
              "hysteria2://" + encoded + "@192.0.2.1:8388,8389/?a=b#n",
              "anytls://" + encoded + "@192.0.2.1:8388/?a=b#n",
              "tuic://" + ID + ":" + encoded + "@192.0.2.1:8388?a=b#n",
              "socks5://user:" + encoded + "@192.0.2.1:8388#n",
              "http://user:" + encoded + "@192.0.2.1:8388#n")) {
        ProxyServer server = ProxyLinks.parse(link);
        assertThat(server.port()).isEqualTo(8388);
        assertThat(password(server)).as(link).isEqualTo(password);
      }
    }
  }

  private static String password(ProxyServer server) {
    return switch (server) {
      case ProxyServer.Shadowsocks ss -> ss.password().reveal();
      case ProxyServer.Trojan trojan -> trojan.password().reveal();
      case ProxyServer.Socks5 socks -> socks.login().orElseThrow().password().reveal();
      case ProxyServer.Http http -> http.login().orElseThrow().password().reveal();
      case ProxyServer.Hysteria2 hysteria -> hysteria.password().reveal();
      case ProxyServer.Anytls anytls -> anytls.password().reveal();
      case ProxyServer.Tuic tuic -> tuic.password().reveal();
      case ProxyServer.Socks4 _, ProxyServer.Vmess _, ProxyServer.Vless _ ->
          throw new AssertionError();
    };
  }
}
