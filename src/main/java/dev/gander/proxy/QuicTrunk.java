package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.node.ProxyServer;
import dev.gander.node.ProxyServer.Congestion;
import dev.gander.proxy.Carrier.Stack;
import dev.gander.tls.ClientTls;
import dev.gander.tls.TlsExporter;
import dev.gander.tls.UntrustedException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCongestionControlAlgorithm;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The QUIC connection with a proxy server that all flows share: made when one needs it, and again
 * after it has ended, or where it has no room for more. Any thread.
 */
final class QuicTrunk {

  /**
   * What a protocol wants of QUIC and its TLS.
   *
   * @param named whether the handshake names the server
   * @param fingerprint that the server's certificate must have
   * @param exporter told of every handshake
   * @param hops of a server that has many ports
   * @param below handlers between QUIC and what carries it
   * @param codecs makes an unfinished codec with what the protocol needs
   */
  record Wants(
      ProxyServer.Tls tls,
      boolean named,
      Optional<String> fingerprint,
      Optional<TlsExporter> exporter,
      Congestion congestion,
      Optional<PortHops> hops,
      Stack below,
      Supplier<QuicClientCodecBuilder> codecs) {}

  private static final AttributeKey<QuicLink> LINK = AttributeKey.valueOf(QuicTrunk.class, "link");

  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final List<String> HTTP3 = List.of("h3");

  /** QUIC lets them grow while who reads keeps up. */
  private static final int STREAM_WINDOW = 1 << 20;

  private static final int WINDOW = 1 << 22;

  /** What every path carries, also inside of another proxy's packets. */
  private static final int PACKET = 1350;

  /** Datagrams that wait for QUIC, or for us; what comes when it is full is lost. */
  private static final int DATAGRAMS = 1024;

  private final Hop hop;
  private final ProxyTls maker;
  private final Wants wants;
  private final Supplier<QuicLink> links;
  private @Nullable CompletableFuture<Channel> current;
  private @Nullable ClientTls client;
  private @Nullable QuicSslContext context;

  /**
   * @param links makes what speaks the protocol on a new connection
   */
  QuicTrunk(Hop hop, ProxyTls maker, Wants wants, Supplier<QuicLink> links) {
    this.hop = hop;
    this.maker = maker;
    this.wants = wants;
    this.links = links;
  }

  /**
   * Gives the connection once it stands, on its event loop.
   *
   * @param then told of it, or of why there is none
   */
  void take(BiConsumer<@Nullable QuicLink, @Nullable Throwable> then) {
    take(then, true);
  }

  private void take(BiConsumer<@Nullable QuicLink, @Nullable Throwable> then, boolean again) {
    var _ =
        connection()
            .whenComplete((channel, failure) -> {
              if (failure != null) {
                then.accept(null, failure);
                return;
              }
              QuicLink link = channel.attr(LINK).get();
              channel
                  .eventLoop()
                  .execute(() -> {
                    if (again && !link.takesFlows()) {
                      take(then, false);
                    } else {
                      then.accept(link, null);
                    }
                  });
            });
  }

  private synchronized CompletableFuture<Channel> connection() {
    CompletableFuture<Channel> known = current;
    boolean over =
        known == null
            || known.isCompletedExceptionally()
            || (known.isDone() && !known.resultNow().attr(LINK).get().takesFlows());
    if (known != null && !over) {
      return known;
    }
    CompletableFuture<Channel> made;
    try {
      QuicSslContext tls = context();
      made = hop.eachServer(server -> attempt(server, tls));
    } catch (IOException e) {
      made = CompletableFuture.failedFuture(new Hop.Refusal(String.valueOf(e.getMessage())));
    }
    current = made;
    return made;
  }

  private QuicSslContext context() throws IOException {
    QuicSslContext known = context;
    if (known == null) {
      List<String> alpn = wants.tls().alpn();
      ClientTls made = maker.client(wants.tls(), wants.fingerprint());
      known = made.overQuic(alpn.isEmpty() ? HTTP3 : alpn, wants.exporter());
      client = made;
      context = known;
    }
    return known;
  }

  private CompletableFuture<Channel> attempt(InetSocketAddress server, QuicSslContext tls) {
    QuicLink link = links.get();
    InetSocketAddress first = wants.hops().map(it -> it.any(server)).orElse(server);
    ChannelHandler under =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            ChannelPipeline pipeline = channel.pipeline();
            wants.hops().ifPresent(it -> pipeline.addLast(it.over(hop.below(), first)));
            wants.below().addTo(pipeline);
            pipeline.addLast(new Aliases(first), codec(tls), link.under());
          }
        };
    CompletableFuture<Channel> opening = hop.below().datagrams(first, under);
    var _ =
        opening.whenComplete((datagrams, failure) -> {
          if (failure != null) {
            link.standing.completeExceptionally(hop.unreachable(failure));
          } else {
            datagrams.eventLoop().execute(() -> connect(datagrams, link));
          }
        });
    Hop.endsWith(opening, link.standing);
    return link.standing;
  }

  private void connect(Channel datagrams, QuicLink link) {
    Clock.Alarm alarm = hop.whenLate(datagrams, link::late);
    var _ = link.standing.whenComplete((_, _) -> alarm.cancel());
    @Nullable UntrustedException before = refusal();
    ChannelHandler over =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.attr(LINK).set(link);
            channel.pipeline().addLast(link);
            channel.pipeline().addLast(link.besides().toArray(ChannelHandler[]::new));
          }
        };
    var _ =
        QuicChannel.newBootstrap(datagrams)
            .handler(over)
            .streamHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(link.theirs());
                  }
                })
            .localAddress(Aliases.HERE)
            .remoteAddress(Aliases.THERE)
            .connect()
            .addListener(done -> {
              if (done.getNow() instanceof QuicChannel channel) {
                var _ = channel.closeFuture().addListener(_ -> closed(datagrams));
                link.shaken(channel);
              } else {
                failed(link, before, done.cause());
              }
            });
  }

  private static void closed(Channel datagrams) {
    var _ = datagrams.close();
  }

  private synchronized @Nullable UntrustedException refusal() {
    ClientTls known = client;
    return known == null ? null : known.refusal();
  }

  /**
   * @param before what had been refused before this connection was begun
   */
  private void failed(QuicLink link, @Nullable UntrustedException before, Throwable cause) {
    UntrustedException untrusted = refusal();
    if (untrusted != null && untrusted != before) {
      link.refused(String.valueOf(untrusted.getMessage()));
    } else {
      link.die("QUIC failed: " + cause.getMessage());
    }
  }

  private ChannelHandler codec(QuicSslContext tls) {
    String name = wants.named() ? wants.tls().serverName() : null;
    return wants
        .codecs()
        .get()
        .sslEngineProvider(channel -> tls.newEngine(channel.alloc(), name, hop.port()))
        .congestionControlAlgorithm(
            switch (wants.congestion()) {
              case CUBIC -> QuicCongestionControlAlgorithm.CUBIC;
              case RENO -> QuicCongestionControlAlgorithm.RENO;
              case BBR -> QuicCongestionControlAlgorithm.BBR;
            })
        .datagram(DATAGRAMS, DATAGRAMS)
        .maxIdleTimeout(IDLE.toMillis(), TimeUnit.MILLISECONDS)
        .maxSendUdpPayloadSize(PACKET)
        .maxRecvUdpPayloadSize(PACKET)
        .initialMaxData(WINDOW)
        .initialMaxStreamDataBidirectionalLocal(STREAM_WINDOW)
        .activeMigration(false)
        .build();
  }
}
