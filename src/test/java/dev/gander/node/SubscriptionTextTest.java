package dev.gander.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubscriptionTextTest {

  private static final String LINKS =
      """
      # comment
      socks5://192.0.2.1:1080#one

      trojan://pw@192.0.2.2:443#%F0%9F%87%AD%F0%9F%87%B0
      """;

  @Test
  void linksStandOnLinesPlainOrInBase64() throws LinkException {
    String base64 = Base64.getMimeEncoder(40, new byte[] {'\r', '\n'}).encodeToString(utf8(LINKS));
    String unpadded = Base64.getUrlEncoder().withoutPadding().encodeToString(utf8(LINKS));

    for (String text : List.of(LINKS, "\ufeff" + LINKS.replace("\n", "\r\n"), base64, unpadded)) {
      assertThat(names(text)).as(text).containsExactly("one", "🇭🇰");
    }
  }

  @Test
  void aLineThatIsNoLinkIsRefusedAndTheOthersAreTaken() throws LinkException {
    Listing listing = SubscriptionText.read(LINKS + "STATUS=traffic left\n");

    assertThat(listing.links()).hasSize(2);
    assertThat(listing.refused()).containsExactly("a line is no link");
  }

  @Test
  void sip008IsReadWithOddPasswordsTabsAndEscapes() throws LinkException {
    Listing listing =
        SubscriptionText.read(
            """
            {
            \t"version": 1,
            \t"servers": [
            \t\t{"id": "x", "remarks": "\\ud83c\\udded\\ud83c\\uddf0 HK", "server": "2001:db8::1",
            \t\t "server_port": 8388, "password": "p@ss:w#rd \\"\\/", "method": "aes-256-gcm"},
            \t\t{"remarks": "obfs", "server": "a.example", "server_port": "443", "password": "012",
            \t\t "method": "aes-128-gcm", "plugin": "obfs-local", "plugin_opts": "obfs=http"}
            \t],
            \t"bytes_used": 274877906944
            }
            """);

    ProxyServer.Shadowsocks first =
        (ProxyServer.Shadowsocks) ProxyLinks.parse(listing.links().getFirst());
    assertThat(first.name()).isEqualTo("🇭🇰 HK");
    assertThat(first.host()).contains("2001:db8");
    assertThat(first.port()).isEqualTo(8388);
    assertThat(first.password().reveal()).isEqualTo("p@ss:w#rd \"/");
    assertThat(listing.links().get(1))
        .isEqualTo("ss://aes-128-gcm:012@a.example:443?plugin=obfs-local%3Bobfs%3Dhttp#obfs");
  }

  @Test
  void clashIsRead() throws LinkException {
    Listing listing =
        SubscriptionText.read(
            """
            port: 7890
            anchors: &opts {udp: true, skip-cert-verify: true}
            proxies:
              - {name: "ss 1", type: ss, server: 192.0.2.1, port: 8388, cipher: aes-128-gcm, password: 0123}
              - name: 'vm: ws'
                type: vmess
                server: vm.example
                port: 443
                uuid: b831381d-6324-4d53-ad4f-8cda48b30811
                alterId: 0
                cipher: auto
                tls: true
                servername: front.example
                network: ws
                ws-opts:
                  path: /ray?ed=2048
                  headers: {Host: front.example}
              - <<: *opts
                name: tr
                type: trojan
                server: tr.example
                port: 443
                password: "s3cret#"
                sni: front.example
                alpn: [h2, http/1.1]
              - {name: so, type: socks5, server: 192.0.2.3, port: 1080, username: u, password: p}
              - {name: ht, type: http, server: 192.0.2.4, port: 443, tls: true, sni: x.example}
              - name: vl
                type: vless
                server: vl.example
                port: 443
                uuid: b831381d-6324-4d53-ad4f-8cda48b30811
                tls: true
                network: grpc
                grpc-opts: {grpc-service-name: svc}
                reality-opts: {public-key: KEY, short-id: ab}
                client-fingerprint: chrome
              - {name: hy, type: hysteria2, server: hy.example, port: 443, password: pw, obfs: salamander, obfs-password: op, ports: 443-445/500, fingerprint: 'AB:CD'}
              - {name: tu, type: tuic, server: tu.example, port: 443, uuid: U, password: P, alpn: [h3], congestion-controller: bbr, disable-sni: true}
              - {name: an, type: anytls, server: an.example, port: 443, password: pw}
              - {name: old, type: trojan, server: tr.example, port: 443, password: pw, network: ws, ws-path: /old, ws-headers: {Host: old.example}}
              - {name: sn, type: snell, server: sn.example, port: 443, psk: topsecret}
              - {name: ch, type: socks5, server: 192.0.2.3, port: 1080, dialer-proxy: so}
            proxy-groups:
              - {name: auto, type: url-test, proxies: [tr]}
            """);

    assertThat(listing.links())
        .hasSize(10)
        .contains(
            "trojan://pw@tr.example:443?type=ws&path=%2Fold&host=old.example#old",
            "ss://aes-128-gcm:0123@192.0.2.1:8388#ss%201",
            "trojan://s3cret%23@tr.example:443?sni=front.example&allowInsecure=1&alpn=h2%2Chttp%2F1.1#tr",
            "socks5://u:p@192.0.2.3:1080#so",
            "https://192.0.2.4:443?sni=x.example#ht",
            "vless://b831381d-6324-4d53-ad4f-8cda48b30811@vl.example:443?fp=chrome&security=reality"
                + "&pbk=KEY&sid=ab&type=grpc&serviceName=svc#vl",
            "hysteria2://pw@hy.example:443?obfs=salamander&obfs-password=op&mport=443-445%2C500"
                + "&pinSHA256=AB%3ACD#hy",
            "tuic://U:P@tu.example:443?alpn=h3&congestion_control=bbr&disable_sni=1#tu",
            "anytls://pw@an.example:443#an");
    assertThat(vmess(listing.links().get(1)))
        .isEqualTo(
            "{\"v\":\"2\",\"ps\":\"vm: ws\",\"add\":\"vm.example\",\"port\":\"443\","
                + "\"id\":\"b831381d-6324-4d53-ad4f-8cda48b30811\",\"aid\":\"0\",\"scy\":\"auto\","
                + "\"net\":\"ws\",\"type\":\"none\",\"host\":\"front.example\",\"path\":\"/ray?ed=2048\","
                + "\"tls\":\"tls\",\"sni\":\"front.example\",\"alpn\":\"\",\"fp\":\"\","
                + "\"allowInsecure\":\"\"}");
    assertThat(listing.refused())
        .containsExactly(
            "Clash's `snell` is not spoken",
            "Clash's `dialer-proxy` is not read: write the chain in `node`");
  }

  @Test
  void singBoxIsRead() throws LinkException {
    Listing listing =
        SubscriptionText.read(
            """
            {"log": {"level": null}, "outbounds": [
              {"type": "selector", "tag": "auto", "outbounds": ["a"]},
              {"type": "direct", "tag": "direct"},
              {"type": "shadowsocks", "tag": "ss", "server": "192.0.2.1", "server_port": 8388,
               "method": "aes-256-gcm", "password": "p/w"},
              {"type": "socks", "tag": "s4", "server": "192.0.2.2", "server_port": 1080, "version": "4a",
               "username": "u"},
              {"type": "http", "tag": "h", "server": "192.0.2.3", "server_port": 80},
              {"type": "trojan", "tag": "t", "server": "t.example", "server_port": 443, "password": "pw",
               "tls": {"enabled": true, "server_name": "x.example", "insecure": true},
               "transport": {"type": "ws", "path": "/p", "headers": {"Host": ["h.example"]}}},
              {"type": "vless", "tag": "v", "server": "v.example", "server_port": 443, "uuid": "U",
               "flow": "xtls-rprx-vision", "tls": {"enabled": true, "server_name": "r.example",
               "reality": {"enabled": true, "public_key": "K", "short_id": "01"},
               "utls": {"enabled": true, "fingerprint": "chrome"}}},
              {"type": "hysteria2", "tag": "hy", "server": "hy.example", "server_ports": ["2080:3000", "4000:4000"],
               "password": "pw", "obfs": {"type": "salamander", "password": "op"},
               "tls": {"enabled": true, "server_name": "x.example"}},
              {"type": "tuic", "tag": "tu", "server": "tu.example", "server_port": 443, "uuid": "U",
               "password": "P", "congestion_control": "bbr", "udp_relay_mode": "quic",
               "tls": {"enabled": true, "disable_sni": true, "alpn": "h3"}},
              {"type": "anytls", "tag": "an", "server": "an.example", "server_port": 443,
               "password": "pw", "tls": {"enabled": true, "insecure": true}},
              {"type": "wireguard", "tag": "w", "private_key": "topsecret"},
              {"type": "socks", "tag": "d", "server": "192.0.2.2", "server_port": 1080, "detour": "ss"}
            ]}
            """);

    assertThat(listing.links())
        .containsExactly(
            "ss://aes-256-gcm:p%2Fw@192.0.2.1:8388#ss",
            "socks4a://u@192.0.2.2:1080#s4",
            "http://192.0.2.3:80#h",
            "trojan://pw@t.example:443?security=tls&sni=x.example&allowInsecure=1&type=ws&path=%2Fp"
                + "&host=h.example#t",
            "vless://U@v.example:443?security=reality&sni=r.example&fp=chrome&pbk=K&sid=01"
                + "&flow=xtls-rprx-vision#v",
            "hysteria2://pw@hy.example:2080?security=tls&sni=x.example&obfs=salamander"
                + "&obfs-password=op&mport=2080-3000%2C4000-4000#hy",
            "tuic://U:P@tu.example:443?security=tls&alpn=h3&congestion_control=bbr"
                + "&udp_relay_mode=quic&disable_sni=1#tu",
            "anytls://pw@an.example:443?security=tls&allowInsecure=1#an");
    assertThat(listing.refused())
        .containsExactly(
            "sing-box's `wireguard` is not spoken",
            "sing-box's `detour` is not read: write the chain in `node`");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>Forbidden</html>",
        "aGVsbG8=",
        "{\"error\": \"topsecret\"}",
        "{\"servers\": [",
        "proxies: [topsecret",
        "proxies: !!javax.script.ScriptEngineManager [topsecret]\n  x",
        "a: &a [*a]\nproxies: {*a : topsecret"
      })
  void whatIsNoneOfTheFormatsIsRefusedWithoutQuotingIt(String text) {
    assertThatThrownBy(() -> SubscriptionText.read(text))
        .isInstanceOf(LinkException.class)
        .message()
        .doesNotContain("topsecret")
        .doesNotContain("\n");
  }

  @Test
  void billionsOfLaughsAndDeepNestsAreRefused() {
    StringBuilder laughs = new StringBuilder("a0: &a0 [ha]\n");
    for (int i = 1; i < 30; i++) {
      laughs.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    String bomb = laughs + "proxies:\n" + "  - *a29\n".repeat(2_000);
    String deep = "{\"outbounds\":" + "[".repeat(100_000);
    String deepBlock = "proxies:\n" + indented(5_000);

    for (String text : List.of(bomb, deep, deepBlock)) {
      assertThatThrownBy(() -> SubscriptionText.read(text)).isInstanceOf(LinkException.class);
    }
  }

  /** Nests by dashes alone: {@code - - - …}. */
  private static String indented(int depth) {
    return "- ".repeat(depth) + "x\n";
  }

  @Test
  void moreThanTenThousandNodesAreNotTaken() throws LinkException {
    Listing listing = SubscriptionText.read("socks5://192.0.2.1#a\n".repeat(10_005));

    assertThat(listing.links()).hasSize(10_000);
    assertThat(listing.refused()).hasSize(5).contains("more than 10000 nodes");
  }

  private static List<String> names(String text) throws LinkException {
    return SubscriptionText.read(text).links().stream()
        .map(SubscriptionTextTest::parsed)
        .map(ProxyServer::name)
        .toList();
  }

  private static ProxyServer parsed(String link) {
    try {
      return ProxyLinks.parse(link);
    } catch (LinkException e) {
      throw new AssertionError(e);
    }
  }

  private static String vmess(String link) {
    byte[] json = Base64.getDecoder().decode(link.substring("vmess://".length()));
    return new String(json, StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
