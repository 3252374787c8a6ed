package dev.gander.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.gander.node.ProxyServer.Anytls;
import dev.gander.node.ProxyServer.Cipher;
import dev.gander.node.ProxyServer.Congestion;
import dev.gander.node.ProxyServer.Disguise;
import dev.gander.node.ProxyServer.Http;
import dev.gander.node.ProxyServer.Hysteria2;
import dev.gander.node.ProxyServer.Login;
import dev.gander.node.ProxyServer.Ports;
import dev.gander.node.ProxyServer.Shadowsocks;
import dev.gander.node.ProxyServer.Socks4;
import dev.gander.node.ProxyServer.Socks5;
import dev.gander.node.ProxyServer.Tls;
import dev.gander.node.ProxyServer.Transport;
import dev.gander.node.ProxyServer.Trojan;
import dev.gander.node.ProxyServer.Tuic;
import dev.gander.node.ProxyServer.Vless;
import dev.gander.node.ProxyServer.Vmess;
import dev.gander.node.ProxyServer.VmessCipher;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyLinksTest {

  private static final Disguise PLAIN = new Disguise.None();

  private static final String ID = "b831381d-6324-4d53-ad4f-8cda48b30811";

  private static ProxyServer read(String link) {
    try {
      return ProxyLinks.parse(link);
    } catch (LinkException e) {
      throw new AssertionError(link, e);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<Login> login(String user, String password) {
    return Optional.of(new Login(user, new Secret(password)));
  }

  @Test
  void socks() {
    assertThat(read("socks4://bob@192.0.2.1:1081#a%20b"))
        .isEqualTo(new Socks4("a b", "192.0.2.1", 1081, new Secret("bob"), false));
    assertThat(read("socks4a://proxy.example"))
        .isEqualTo(new Socks4("", "proxy.example", 1080, new Secret(""), true));
    assertThat(read("socks5://192.0.2.1:1080"))
        .isEqualTo(new Socks5("", "192.0.2.1", 1080, Optional.empty()));
    assertThat(read("SOCKS://bob:p%40s%3As@[2001:db8::1]:1080"))
        .isEqualTo(new Socks5("", "2001:db8:0:0:0:0:0:1", 1080, login("bob", "p@s:s")));
    assertThat(read("socks5://bob:p@s+s@192.0.2.1"))
        .isEqualTo(new Socks5("", "192.0.2.1", 1080, login("bob", "p@s+s")));
    assertThat(read("socks://" + base64("bob:p@s:s") + "@192.0.2.1:1080#v2rayN"))
        .isEqualTo(new Socks5("v2rayN", "192.0.2.1", 1080, login("bob", "p@s:s")));
  }

  @Test
  void aNameMayHoldItsOwnSign() {
    assertThat(read("socks5://bob:p#s@192.0.2.1:1080#HK #1 @there").name())
        .isEqualTo("HK #1 @there");
    assertThat(read("trojan://p@192.0.2.1:443/?sni=a.example#HK #1"))
        .isEqualTo(
            new Trojan(
                "HK #1",
                "192.0.2.1",
                443,
                new Secret("p"),
                new Transport.Tcp(),
                new Tls("a.example", true, List.of(), "")));
  }

  @Test
  void http() {
    assertThat(read("http://bob:pass@proxy.example:3128/"))
        .isEqualTo(new Http("", "proxy.example", 3128, login("bob", "pass"), Optional.empty()));
    assertThat(read("https://proxy.example?sni=front.example&allowInsecure=1#x"))
        .isEqualTo(
            new Http(
                "x",
                "proxy.example",
                443,
                Optional.empty(),
                Optional.of(new Tls("front.example", false, List.of(), ""))));
  }

  /** The first is SIP002's own example. */
  @Test
  void shadowsocks() {
    assertThat(read("ss://YWVzLTEyOC1nY206dGVzdA@192.168.100.1:8888#Example1"))
        .isEqualTo(
            new Shadowsocks(
                "Example1", "192.168.100.1", 8888, Cipher.AES_128_GCM, new Secret("test"), PLAIN));
    assertThat(read("ss://aes-256-gcm:p%2Fs%3As@192.0.2.1:8388/?x=y"))
        .isEqualTo(
            new Shadowsocks("", "192.0.2.1", 8388, Cipher.AES_256_GCM, new Secret("p/s:s"), PLAIN));
    String old = base64("chacha20-ietf-poly1305:test/!@#:@192.168.100.1:8888");
    assertThat(read("ss://" + old + "#old"))
        .isEqualTo(
            new Shadowsocks(
                "old",
                "192.168.100.1",
                8888,
                Cipher.CHACHA20_IETF_POLY1305,
                new Secret("test/!@#:"),
                PLAIN));
    assertThat(read("ss://2022-blake3-aes-128-gcm:5mOQSa20Kt6ay2LXruBoHQ%3D%3D@192.0.2.1:8888#n"))
        .isEqualTo(
            new Shadowsocks(
                "n",
                "192.0.2.1",
                8888,
                Cipher.BLAKE3_AES_128_GCM,
                new Secret("5mOQSa20Kt6ay2LXruBoHQ=="),
                PLAIN));
  }

  /** The link is SIP002's own second example. */
  @Test
  void shadowsocksInDisguise() {
    assertThat(
            read(
                "ss://cmM0LW1kNTpwYXNzd2Q@192.168.100.1:8888/?plugin=obfs-local%3Bobfs%3Dhttp#Example2"))
        .isEqualTo(
            new Shadowsocks(
                "Example2",
                "192.168.100.1",
                8888,
                Cipher.RC4_MD5,
                new Secret("passwd"),
                new Disguise.HttpRequest("192.168.100.1")));
    String plugin = "simple-obfs%3Bobfs%3Dtls%3Bobfs-host%3Dwww.example";
    assertThat(
            ((Shadowsocks) read("ss://aes-128-gcm:x@192.0.2.1:8388?plugin=" + plugin)).disguise())
        .isEqualTo(new Disguise.TlsSession("www.example"));
  }

  @Test
  void shadowsocksInV2rayPlugin() {
    String link = "ss://aes-128-gcm:x@192.0.2.1:8388?plugin=v2ray-plugin";
    assertThat(((Shadowsocks) read(link)).disguise())
        .isEqualTo(
            new Disguise.WebSocket(
                new Transport.WebSocket("/", "cloudfront.com"), Optional.empty(), true));
    String told =
        "%3Btls%3Bhost%3Dwww.example%3Bpath%3D%2Fa%5C%3Bb%5C%3Dc%3Bmux%3D0%3Bloglevel%3Dnone";
    assertThat(((Shadowsocks) read(link + told)).disguise())
        .isEqualTo(
            new Disguise.WebSocket(
                new Transport.WebSocket("/a;b=c", "www.example"),
                Optional.of(new Tls("www.example", true, List.of(), "")),
                false));
  }

  @Test
  void whatIsWeakOrWithoutEffectWarns() {
    assertThat(read("ss://rc4-md5:x@192.0.2.1:8388").warnings())
        .singleElement()
        .asString()
        .contains("`rc4-md5` lets others change and probe");
    assertThat(read("ss://aes-128-gcm:x@192.0.2.1:8388").warnings()).isEmpty();
    for (String link : List.of("trojan://x@192.0.2.1?fp=chrome", "https://192.0.2.1?fp=chrome")) {
      assertThat(read(link).warnings())
          .containsExactly(
              "`fp=chrome` has no effect: the TLS handshake is the library's, not like a browser's");
    }
    assertThat(read("trojan://x@192.0.2.1").warnings()).isEmpty();
  }

  @Test
  void trojan() {
    assertThat(read("trojan://p%23ss@proxy.example:444?sni=a.example&alpn=h2,http/1.1#t"))
        .isEqualTo(
            new Trojan(
                "t",
                "proxy.example",
                444,
                new Secret("p#ss"),
                new Transport.Tcp(),
                new Tls("a.example", true, List.of("h2", "http/1.1"), "")));
    assertThat(read("trojan://pass@proxy.example?type=tcp&security=tls"))
        .isEqualTo(
            new Trojan(
                "",
                "proxy.example",
                443,
                new Secret("pass"),
                new Transport.Tcp(),
                new Tls("proxy.example", true, List.of(), "")));
  }

  @Test
  void trojanGo() {
    assertThat(
            read(
                "trojan-go://p%40ss@proxy.example/?sni=a.example&type=ws&host=b.example&path=%2Fx"))
        .isEqualTo(
            new Trojan(
                "",
                "proxy.example",
                443,
                new Secret("p@ss"),
                new Transport.WebSocket("/x", "b.example"),
                new Tls("a.example", true, List.of(), "")));
    assertThat(((Trojan) read("trojan-go://pass@proxy.example?type=original")).transport())
        .isEqualTo(new Transport.Tcp());
  }

  @Test
  void vless() {
    assertThat(read("vless://" + ID + "@192.0.2.1:8443?encryption=none&security=none#v"))
        .isEqualTo(
            new Vless(
                "v",
                "192.0.2.1",
                8443,
                new Secret(ID.replace("-", "")),
                new Transport.Tcp(),
                Optional.empty()));
    assertThat(
            read(
                "vless://" + ID + "@proxy.example?security=tls&type=grpc&serviceName=s&mode=multi"))
        .isEqualTo(
            new Vless(
                "",
                "proxy.example",
                443,
                new Secret(ID.replace("-", "")),
                new Transport.Grpc("s", ""),
                Optional.of(new Tls("proxy.example", true, List.of(), ""))));
  }

  /** The example of the proposal, XTLS/Xray-core issue 158. */
  @Test
  void aTextStandsForTheIdOfVless() {
    assertThat(((Vless) read("vless://example@192.0.2.1")).id())
        .isEqualTo(new Secret("feb54431301b52bba6dde1e93e81bb9e"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          type=ws&path=%2Fa%3Fed%3D2048              | /a
          type=ws&path=%2Fa%3Fed%3D2048%26b%3D1      | /a?b=1
          type=ws&path=%2Fa%3Fb%3D1%26ed%3D2048      | /a?b=1
          type=ws&path=a                             | /a
          type=ws                                    | /
          """)
  void thePathOfWebSocketIsWithoutEarlyData(String options, String path) {
    assertThat(((Vless) read("vless://" + ID + "@192.0.2.1?" + options)).transport())
        .isEqualTo(new Transport.WebSocket(path, ""));
    assertThat(((Trojan) read("trojan://pass@192.0.2.1?" + options)).transport())
        .isEqualTo(new Transport.WebSocket(path, ""));
  }

  @Test
  void vmessOverOtherTransports() {
    assertThat(vmessTransport("\"net\":\"ws\",\"path\":\"/p?ed=2048\",\"host\":\"a.example\""))
        .isEqualTo(new Transport.WebSocket("/p", "a.example"));
    assertThat(vmessTransport("\"net\":\"httpupgrade\",\"path\":\"/p\""))
        .isEqualTo(new Transport.HttpUpgrade("/p", ""));
    assertThat(vmessTransport("\"net\":\"grpc\",\"type\":\"gun\",\"path\":\"name\""))
        .isEqualTo(new Transport.Grpc("name", ""));
  }

  /** The first is the URI scheme's own example, but for the fingerprint, which is none there. */
  @Test
  void hysteria2() {
    String fingerprint = "0123456789abcdef".repeat(4);
    assertThat(
            read(
                "hysteria2://letmein@example.com:123,5000-6000/?insecure=1&obfs=salamander&obfs-password=gawrgura&pinSHA256="
                    + fingerprint.toUpperCase(Locale.ROOT)
                    + "&sni=real.example.com#cool-server"))
        .isEqualTo(
            new Hysteria2(
                "cool-server",
                "example.com",
                123,
                List.of(new Ports(123, 123), new Ports(5000, 6000)),
                new Secret("letmein"),
                Optional.of(new Secret("gawrgura")),
                Optional.of(fingerprint),
                new Tls("real.example.com", false, List.of(), "")));
    assertThat(read("hy2://user:p%40s@[2001:db8::1]"))
        .isEqualTo(
            new Hysteria2(
                "",
                "2001:db8:0:0:0:0:0:1",
                443,
                List.of(),
                new Secret("user:p@s"),
                Optional.empty(),
                Optional.empty(),
                new Tls("2001:db8:0:0:0:0:0:1", true, List.of(), "")));
    assertThat(((Hysteria2) read("hy2://x@a.example:443?mport=20000-30000")).hops())
        .containsExactly(new Ports(20_000, 30_000));
  }

  @Test
  void anytlsAndTuic() {
    assertThat(read("anytls://letmein@example.com/?sni=real.example.com&insecure=1#n"))
        .isEqualTo(
            new Anytls(
                "n",
                "example.com",
                443,
                new Secret("letmein"),
                new Tls("real.example.com", false, List.of(), "")));
    String options =
        "congestion_control=bbr&udp_relay_mode=quic&alpn=h3&disable_sni=1&sni=a.example";
    Secret id = new Secret(ID.replace("-", ""));
    assertThat(read("tuic://" + ID + ":p%3Ass@192.0.2.1:8443?" + options + "#n"))
        .isEqualTo(
            new Tuic(
                "n",
                "192.0.2.1",
                8443,
                id,
                new Secret("p:ss"),
                Congestion.BBR,
                true,
                false,
                new Tls("a.example", true, List.of("h3"), "")));
    assertThat(read("tuic://" + ID + "%3Apw@192.0.2.1"))
        .isEqualTo(
            new Tuic(
                "",
                "192.0.2.1",
                443,
                id,
                new Secret("pw"),
                Congestion.CUBIC,
                false,
                true,
                new Tls("192.0.2.1", true, List.of(), "")));
  }

  private static Transport vmessTransport(String more) {
    return ((Vmess) read(vmess(more))).transport();
  }

  @Test
  void vmess() {
    String json =
        """
        {"v":"2", "ps":"caf\\u00e9", "add":"2001:db8::1", "port":443, "id":"%s", "aid":"0",
         "net":"tcp", "type":"none", "host":"", "path":null, "tls":"tls", "sni":"a.example"}
        """
            .formatted(ID);
    assertThat(read("vmess://" + base64(json)))
        .isEqualTo(
            new Vmess(
                "café",
                "2001:db8:0:0:0:0:0:1",
                443,
                new Secret(ID.replace("-", "")),
                VmessCipher.AES_128_GCM,
                new Transport.Tcp(),
                Optional.of(new Tls("a.example", true, List.of(), ""))));
    assertThat(((Vmess) read(vmess("\"scy\":\"chacha20-poly1305\""))).cipher())
        .isEqualTo(VmessCipher.CHACHA20_POLY1305);
  }

  private static String vmess(String more) {
    String json =
        "{\"add\":\"192.0.2.1\",\"port\":\"10086\",\"id\":\"" + ID + "\",\"aid\":0," + more + "}";
    return "vmess://" + base64(json);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          192.0.2.1:1080                         | the link has no scheme
          gopher://192.0.2.1                     | the link's scheme is none of socks4, socks4a, socks5, http, https, ss, trojan, trojan-go, vmess, vless, hysteria2, anytls, tuic
          juicity://x@192.0.2.1:443              | `juicity` is not spoken yet
          hysteria2://hidden@192.0.2.1:443,x     | the port is not a number from 1 to 65535
          hysteria2://hidden@192.0.2.1:443-      | the port is not a number from 1 to 65535
          hysteria2://hidden@192.0.2.1:6000-5000 | the ports are not written as 443,5000-6000
          hysteria2://hidden@192.0.2.1?mport=1-2-3 | the ports are not written as 443,5000-6000
          hysteria2://hidden@192.0.2.1?obfs=gecko&obfs-password=hidden | hysteria2 with `obfs=gecko` is not spoken yet
          hy2://hidden@192.0.2.1?obfs=salamander | `obfs=salamander` lacks its `obfs-password`
          hy2://hidden@192.0.2.1?pinSHA256=dead  | `pinSHA256` is not the SHA-256 of a certificate, 64 hexadecimal digits: openssl x509 -noout -fingerprint -sha256
          hy2://hidden@192.0.2.1?ech=AAAA        | hysteria2 with `ech` is not spoken: the QUIC that is used has no Encrypted Client Hello
          anytls://192.0.2.1:443                 | the password is missing: write anytls://PASSWORD@HOST:PORT
          tuic://hidden@192.0.2.1:443            | tuic wants tuic://UUID:PASSWORD@HOST:PORT, which is its version 5; version 4 is not spoken
          tuic://hidden:hidden@192.0.2.1:443     | the id of tuic is not a UUID
          tuic://b831381d-6324-4d53-ad4f-8cda48b30811:hidden@192.0.2.1?udp_relay_mode=x | `udp_relay_mode` is neither native nor quic
          tuic://b831381d-6324-4d53-ad4f-8cda48b30811:hidden@192.0.2.1?congestion_control=x | `congestion_control` is none of cubic, new_reno, bbr
          socks5://                              | the host is missing
          socks5://a:hidden@192.0.2.1:           | the port is not a number from 1 to 65535
          socks5://192.0.2.1:65536               | the port is not a number from 1 to 65535
          socks5://2001:db8::1:1080              | the host has a colon: write an IPv6 address as [2001:db8::1]
          socks5://[2001:db8::g]:1080            | the host in brackets is no IPv6 address
          socks5://a:hid%den@192.0.2.1:1080      | the password is not percent-encoded as it should be
          socks5://:hidden@192.0.2.1:1080        | the user must have 1 to 255 bytes for socks5
          socks4://a:hidden@192.0.2.1:1080       | socks4 knows no password: write socks4://USER@HOST:PORT
          http://a b.example                     | the host is neither a name nor an address
          ss://aes-128-gcm:hidden@192.0.2.1      | the port is missing
          ss://hidden@192.0.2.1:8388             | the user part is not METHOD:PASSWORD, plain or in Base64
          ss://hidden:hidden@192.0.2.1:8388      | the method is none of aes-128-gcm, aes-256-gcm, chacha20-ietf-poly1305, 2022-blake3-aes-128-gcm, 2022-blake3-aes-256-gcm, 2022-blake3-chacha20-poly1305
          ss://salsa20:hidden@192.0.2.1:8388     | the cipher `salsa20` is not spoken yet
          ss://2022-blake3-aes-128-gcm:hidden@192.0.2.1:8388 | the password of 2022-blake3-aes-128-gcm must be Base64 of 16 bytes: openssl rand -base64 16
          ss://2022-blake3-aes-128-gcm:hidden:hidden@192.0.2.1:8388 | the password of 2022-blake3-aes-128-gcm must be Base64 of 16 bytes: openssl rand -base64 16
          ss://2022-blake3-chacha20-poly1305:hidden:hidden@192.0.2.1:8388 | several keys (SIP023) need 2022-blake3-aes-128-gcm or -256-gcm
          ss://2022-blake3-aes-128-gcm:1:2:3:4:5:6:7:8:9@192.0.2.1:8388 | more than 8 keys
          ss://aes-128-gcm:hidden@192.0.2.1:8388?plugin=v2ray-plugin%3Bmode%3Dquic | v2ray-plugin in mode `quic` is not spoken yet
          ss://aes-128-gcm:hidden@192.0.2.1:8388?plugin=v2ray-plugin%3Bmux%3Dyes | the mux of v2ray-plugin is no number
          ss://aes-128-gcm:hidden@192.0.2.1:8388?plugin=v2ray-plugin%3Bpath%3D/a%20b | the path has characters that no request can have, or too many
          ss://aes-128-gcm:hidden@192.0.2.1:8388?plugin=obfs-local%3Bobfs%3Dx | the obfs of ss is neither http nor tls
          socks4://hiddené@192.0.2.1             | a user of socks4 may hold only letters, digits and signs of ASCII
          ss://aes-128-gcm:@192.0.2.1:8388       | the password is missing
          ss://cmM0LW1kNTpwYXNzd2Q@192.168.100.1:8888/?plugin=kcptun%3Bmode%3Dfast#Example2 | the plugin `kcptun` of ss is not spoken yet
          ss://hidden                            | the link is neither ss://BASE64(METHOD:PASSWORD)@HOST:PORT nor Base64 of METHOD:PASSWORD@HOST:PORT
          trojan://proxy.example:443             | the password is missing: write trojan://PASSWORD@HOST:PORT
          trojan://hidden@proxy.example?type=kcp | trojan over `type=kcp` is not spoken yet
          trojan://hidden@proxy.example?type=ws&host=a%0D%0Ab | `host` is neither a name nor an address
          trojan://hidden@proxy.example?type=ws&path=%2Fa%20b | the path has characters that no request can have, or too many
          trojan://hidden@proxy.example?type=grpc | the service's name of gRPC is missing or has characters other than letters, digits and . _ ~ -
          trojan://hidden@proxy.example?flow=xtls-rprx-direct | trojan with `flow=xtls-rprx-direct` is not spoken yet
          trojan-go://@proxy.example             | the password is missing: write trojan-go://PASSWORD@HOST:PORT
          trojan-go://hidden@proxy.example?type=ws&encryption=ss%3Baes-128-gcm%3Ahidden | trojan-go with `encryption=ss` is not spoken yet
          trojan-go://hidden@proxy.example?plugin=x | trojan-go with a plugin is not spoken yet
          vless://192.0.2.1:443                  | the id is neither a UUID nor a text of 1 to 30 bytes
          vless://hiddenhiddenhiddenhiddenhidden+@192.0.2.1 | the id is neither a UUID nor a text of 1 to 30 bytes
          vmess://hidden                         | the link is neither vmess://BASE64(JSON) nor vmess://UUID@HOST:PORT
          vmess://hidden@192.0.2.1:443           | the id of vmess is not a UUID
          vless://hidden@192.0.2.1?security=xtls | vless with `security=xtls` is not spoken yet
          vless://hidden@192.0.2.1?security=reality&pbk=x | vless with `security=reality` is not spoken: Reality needs a hand in the TLS handshake, which the JDK's TLS does not give
          vless://hidden@192.0.2.1?flow=xtls-rprx-vision | vless with `flow=xtls-rprx-vision` is not spoken: it needs to see inside of TLS records, which the JDK's TLS does not show
          vless://hidden@192.0.2.1?encryption=mlkem768x25519plus.native.0rtt.x | vless with an `encryption` other than none is not spoken yet
          vless://hidden@192.0.2.1?headerType=http | vless disguised as `http` is not spoken yet
          trojan://hidden@proxy.example?security=reality | trojan with `security=reality` is not spoken yet
          """)
  void aBrokenLinkIsToldAndShowsNoSecret(String link, String message) {
    assertThatExceptionOfType(LinkException.class)
        .isThrownBy(() -> ProxyLinks.parse(link))
        .withMessage(message);
    assertThat(message).doesNotContain("hidden");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "aid":64               | `aid` is not 0: only headers with AEAD are spoken, which servers accept with aid 0
          "net":"kcp"            | vmess over `kcp` is not spoken yet
          "net":"grpc"           | the service's name of gRPC is missing or has characters other than letters, digits and . _ ~ -
          "type":"http"          | vmess disguised as `http` is not spoken yet
          "tls":"xtls"           | vmess with `xtls` is not spoken yet
          "scy":"aes-128-cfb"    | `scy` is `aes-128-cfb`: write auto, aes-128-gcm or chacha20-poly1305
          "id":"hidden"          | `id` is not a UUID
          "add":""               | the host is missing
          "port":"x"             | the port is not a number from 1 to 65535
          "a":[1]                | the link's JSON holds an object or a list
          "a":tru                | the link's JSON has a value that is none
          "a":"\\x"              | the link's JSON has an escape that is none
          "a":"                  | the link's JSON ends within a string
          "a"                    | the link's JSON lacks a `:`
          "a":1}x                | the link's JSON goes on after its end
          """)
  void whatIsWrongInsideAVmessLinkIsTold(String more, String message) {
    assertThatExceptionOfType(LinkException.class)
        .isThrownBy(() -> ProxyLinks.parse(vmess(more)))
        .withMessage(message);
  }

  @Test
  void vmessAsVlessIsWritten() {
    assertThat(
            read(
                "vmess://"
                    + ID
                    + "@192.0.2.1:443?encryption=auto&security=tls&sni=front.example&type=ws"
                    + "&path=%2Fray&host=front.example#n"))
        .isEqualTo(
            new Vmess(
                "n",
                "192.0.2.1",
                443,
                new Secret(ID.replace("-", "")),
                VmessCipher.AES_128_GCM,
                new Transport.WebSocket("/ray", "front.example"),
                Optional.of(new Tls("front.example", true, List.of(), ""))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "zero"})
  void vmessThatWouldNotSealIsSealedAllTheSame(String scy) {
    assertThat(((Vmess) read(vmess("\"scy\":\"" + scy + "\""))).cipher())
        .isEqualTo(VmessCipher.AES_128_GCM);
  }

  @Test
  void vmessAsShadowrocketWritesIt() {
    String server = base64("chacha20-poly1305:" + ID + "@proxy.example:443");
    Secret id = new Secret(ID.replace("-", ""));
    assertThat(
            read(
                "vmess://"
                    + server
                    + "?remarks=HK%201&path=/ray&obfs=websocket&tls=1&peer=sni.example&alterId=0"
                    + "&obfsParam=%7B%22Host%22:%22front.example%22%7D&allowInsecure=1"))
        .isEqualTo(
            new Vmess(
                "HK 1",
                "proxy.example",
                443,
                id,
                VmessCipher.CHACHA20_POLY1305,
                new Transport.WebSocket("/ray", "front.example"),
                Optional.of(new Tls("sni.example", false, List.of(), ""))));
    assertThat(read("vmess://" + base64("auto:" + ID + "@192.0.2.1:8080") + "?obfs=none#n"))
        .isEqualTo(
            new Vmess(
                "n",
                "192.0.2.1",
                8080,
                id,
                VmessCipher.AES_128_GCM,
                new Transport.Tcp(),
                Optional.empty()));
  }

  @Test
  void whatOthersTakeThoughItIsOdd() {
    assertThat(((Hysteria2) read("hysteria2://192.0.2.1:443")).password())
        .isEqualTo(new Secret(""));
    assertThat(((Socks5) read("socks5://bob@192.0.2.1:1080")).login())
        .contains(new Login("bob", new Secret("")));
    String old = base64("aes-128-gcm:pw@192.0.2.1:8388");
    assertThat(read("ss://" + old + "?plugin=obfs-local%3Bobfs%3Dhttp#n"))
        .isEqualTo(read("ss://aes-128-gcm:pw@192.0.2.1:8388?plugin=obfs-local%3Bobfs%3Dhttp#n"));
  }

  @Test
  void noServerShowsItsSecrets() {
    for (String link :
        List.of(
            "socks4://hidden@192.0.2.1",
            "socks5://hidden:hidden@192.0.2.1",
            "http://hidden:hidden@192.0.2.1",
            "https://hidden:hidden@192.0.2.1",
            "ss://aes-128-gcm:hidden@192.0.2.1:8388",
            "trojan://hidden@192.0.2.1",
            "trojan-go://hidden@192.0.2.1",
            "hysteria2://hidden@192.0.2.1?obfs=salamander&obfs-password=hidden",
            "anytls://hidden@192.0.2.1",
            "tuic://" + ID + ":hidden@192.0.2.1",
            "vless://hidden@192.0.2.1")) {
      assertThat(read(link).toString()).contains("192.0.2.1").doesNotContain("hidden");
    }
    assertThat(read(vmess("\"ps\":\"x\"")).toString()).doesNotContain("b831381d");
  }
}
