package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** DNS over UDP, TCP, TLS and HTTPS to a real unbound, through each protocol's real server. */
class DnsThroughPeersTest extends PeersCase {

  private static DnsBehind dns;

  @BeforeAll
  static void aNameServer(@TempDir Path directory) throws Exception {
    dns = new DnsBehind(directory);
  }

  @AfterAll
  static void stopIt() {
    dns.close();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "DANTE",
        "SS_AES_128_GCM",
        "SS_CHACHA20_POLY1305",
        "SS_AES_256_CFB",
        "SS_OBFS_TLS",
        "SS_PLUGIN_TLS_MUX"
      })
  void throughSocksAndShadowsocks(ProxyPeer.Kind kind) throws Exception {
    dns.answersThrough(through(peer(kind)));
  }

  /** Those that carry no datagrams. */
  @ParameterizedTest
  @EnumSource(names = {"MICROSOCKS", "DANTE_SOCKS4", "TINYPROXY", "SQUID", "SQUID_TLS"})
  void throughWhatCarriesStreamsAlone(ProxyPeer.Kind kind) throws Exception {
    Exit exit = through(peer(kind));
    dns.answersStreamsThrough(exit);
    assertThat(failure(exit.datagrams(echo.ipv4(), new DatagramEchoClient(echo.ipv4(), 1))))
        .contains(" does not reach ");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "TROJAN",
        "TROJAN_WS",
        "VMESS",
        "VMESS_CHACHA",
        "VMESS_WS_TLS",
        "VLESS_TLS",
        "VLESS_WS"
      })
  void throughTrojanVmessAndVless(V2rayPeer.Kind kind) throws Exception {
    dns.answersThrough(through(peer(kind)));
  }

  @ParameterizedTest
  @EnumSource
  @EnabledIf("dev.gander.proxy.SingBoxPeer#isThere")
  void throughHysteriaAnytlsAndTuic(SingBoxPeer.Kind kind) throws Exception {
    dns.answersThrough(through(peer(kind)));
  }

  @ParameterizedTest
  @EnumSource(names = {"SS2022_AES_128_GCM", "SS2022_CHACHA20", "SS2022_RELAY"})
  @EnabledIf("dev.gander.proxy.SingBoxPeer#isThere")
  void throughShadowsocksOf2022(ProxyPeer.Kind kind) throws Exception {
    dns.answersThrough(through(peer(kind)));
  }

  @ParameterizedTest
  @EnumSource(names = {"SS_AES_256_GCM", "TINYPROXY"})
  void throughOneBehindAnother(ProxyPeer.Kind far) throws Exception {
    V2rayPeer near = peer(V2rayPeer.Kind.VMESS);
    ProxyPeer behind = peer(far);
    dns.answersStreamsThrough(through(behind, behind.server(), through(near)));
  }
}
