package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.node.ProxyServer;
import dev.gander.node.ProxyServer.Anytls;
import dev.gander.node.ProxyServer.Congestion;
import dev.gander.node.ProxyServer.Http;
import dev.gander.node.ProxyServer.Hysteria2;
import dev.gander.node.ProxyServer.Shadowsocks;
import dev.gander.node.ProxyServer.Socks4;
import dev.gander.node.ProxyServer.Socks5;
import dev.gander.node.ProxyServer.Transport;
import dev.gander.node.ProxyServer.Trojan;
import dev.gander.node.ProxyServer.Tuic;
import dev.gander.node.ProxyServer.Vless;
import dev.gander.node.ProxyServer.Vmess;
import dev.gander.tls.TlsExporter;
import io.netty.handler.codec.http3.Http3;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/** Makes the ways through proxy servers. */
public final class ProxyExits {

  /** Looks on as channels are opened through a chain of servers. */
  @FunctionalInterface
  public interface Layer {

    /** Looks at nothing. */
    Layer NONE = (_, way) -> way;

    /**
     * What to use in place of a way.
     *
     * @param hops how many servers {@code way} leads through; 0 is straight
     */
    Exit over(int hops, Exit way);
  }

  private ProxyExits() {}

  /**
   * The way through several servers, each reached through the one before it; straight, if there are
   * none. As {@link #through(ProxyServer, Exit, Lookup, ProxyTls, Clock, SecureRandom)} else.
   */
  public static Exit chain(
      List<ProxyServer> servers,
      Exit straight,
      Lookup lookup,
      ProxyTls tls,
      Clock clock,
      SecureRandom random,
      Layer layer) {
    Exit way = layer.over(0, straight);
    for (int i = 0; i < servers.size(); i++) {
      way = layer.over(i + 1, through(servers.get(i), way, lookup, tls, clock, random));
    }
    return way;
  }

  /**
   * The way through {@code server}. Nothing is opened until it is used, and what is kept open for
   * the next who uses it closes by itself.
   *
   * @param below the way to the server itself: straight, or through another proxy
   * @param lookup asked for the server's addresses where its host is a name that {@code below} does
   *     not take
   * @param tls for those that are spoken with inside of TLS
   * @param clock for those that check that a request is of now
   * @param random for keys and nonces
   */
  public static Exit through(
      ProxyServer server,
      Exit below,
      Lookup lookup,
      ProxyTls tls,
      Clock clock,
      SecureRandom random) {
    return switch (server) {
      case Socks5 socks5 ->
          new Socks5Exit(new Hop(server, below, lookup, Carrier.TCP, clock), socks5.login());
      case Socks4 socks4 ->
          new Socks4Exit(
              new Hop(server, below, lookup, Carrier.TCP, clock), socks4.user(), socks4.names());
      case Http http -> {
        Carrier carrier =
            http.tls()
                .<Carrier>map(with -> new TlsCarrier(tls, with, List.of("http/1.1"), server.port()))
                .orElse(Carrier.TCP);
        yield new HttpExit(new Hop(server, below, lookup, carrier, clock), http.login());
      }
      case Shadowsocks ss ->
          new ShadowsocksExit(
              new Hop(server, below, lookup, PluginCarrier.of(ss, tls, random), clock),
              ShadowsocksMethods.of(ss, clock, random));
      case Trojan trojan -> {
        Carrier carrier =
            Carriers.of(trojan, trojan.transport(), Optional.of(trojan.tls()), tls, random);
        yield new TrojanExit(new Hop(server, below, lookup, carrier, clock), trojan.password());
      }
      case Vmess vmess -> {
        Carrier carrier = Carriers.of(vmess, vmess.transport(), vmess.tls(), tls, random);
        yield new VmessExit(new Hop(server, below, lookup, carrier, clock), vmess, clock, random);
      }
      case Vless vless -> {
        Carrier carrier = Carriers.of(vless, vless.transport(), vless.tls(), tls, random);
        yield new VlessExit(new Hop(server, below, lookup, carrier, clock), vless.id());
      }
      case Hysteria2 hysteria -> {
        Hop hop = new Hop(server, below, lookup, Carrier.TCP, clock);
        yield new QuicExit(
            hop,
            new QuicTrunk(
                hop,
                tls,
                hysteria(hysteria, clock, random),
                () -> new Hysteria2Connection(hop, clock, hysteria.password(), random)),
            target -> pipeline -> pipeline.addLast(new Hysteria2Opening(target, random)));
      }
      case Anytls anytls -> {
        Carrier carrier =
            Carriers.of(anytls, new Transport.Tcp(), Optional.of(anytls.tls()), tls, random);
        Hop hop = new Hop(server, below, lookup, carrier, clock);
        yield new AnytlsExit(hop, anytls.password(), random, new AnytlsSessions(clock));
      }
      case Tuic tuic -> {
        Hop hop = new Hop(server, below, lookup, Carrier.TCP, clock);
        TlsExporter exporter = new TlsExporter();
        yield new QuicExit(
            hop,
            new QuicTrunk(
                hop,
                tls,
                tuic(tuic, exporter),
                () -> new TuicConnection(hop, clock, exporter, tuic)),
            target -> TuicConnection.opening(hop, target));
      }
    };
  }

  private static QuicTrunk.Wants tuic(Tuic server, TlsExporter exporter) {
    return new QuicTrunk.Wants(
        server.tls(),
        server.named(),
        Optional.empty(),
        Optional.of(exporter),
        server.congestion(),
        Optional.empty(),
        pipeline -> {},
        TuicConnection::codec);
  }

  private static QuicTrunk.Wants hysteria(Hysteria2 server, Clock clock, SecureRandom random) {
    return new QuicTrunk.Wants(
        server.tls(),
        true,
        server.fingerprint(),
        Optional.empty(),
        Congestion.BBR,
        server.hops().isEmpty()
            ? Optional.empty()
            : Optional.of(new PortHops(server.hops(), random, clock)),
        pipeline ->
            server.salamander().ifPresent(key -> pipeline.addLast(new Salamander(key, random))),
        Http3::newQuicClientCodecBuilder);
  }
}
