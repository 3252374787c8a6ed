package dev.gander.subscribe;

import dev.gander.config.TlsSettings;
import dev.gander.node.SubscriptionText;
import dev.gander.proxy.HappyEyeballs;
import dev.gander.tls.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * GET over HTTP/1.1 (RFC 9112) through an exit, with redirects, a bound and a deadline. URLs hold
 * tokens: no message shows more of one than scheme and host.
 */
final class WebFetch {

  private static final int MOST_REDIRECTS = 5;

  private final SubscriptionParts parts;

  WebFetch(SubscriptionParts parts) {
    this.parts = parts;
  }

  /**
   * What stands at {@code url}.
   *
   * @param tag of the subscription
   * @throws IOException if it is not there, or not in time
   */
  String get(URI url, String tag, long deadlineNanos) throws IOException, InterruptedException {
    URI at = url;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      WebReply reply = once(at, tag, deadlineNanos);
      if (reply.location().isEmpty()) {
        return reply.body();
      }
      URI next = Source.web(at.resolve(Source.relative(reply.location())).toString());
      if (isTls(at) && !isTls(next)) {
        throw new IOException("it redirects from https to http");
      }
      at = next;
    }
    throw new IOException("it redirects more than " + MOST_REDIRECTS + " times");
  }

  private static boolean isTls(URI url) {
    return url.getScheme().toLowerCase(Locale.ROOT).equals("https");
  }

  private WebReply once(URI url, String tag, long deadlineNanos)
      throws IOException, InterruptedException {
    String host = url.getHost().replaceAll("[\\[\\]]", "");
    int port = url.getPort() > 0 ? url.getPort() : isTls(url) ? 443 : 80;
    Optional<SslContext> tls = isTls(url) ? Optional.of(context(host)) : Optional.empty();
    List<InetAddress> addresses = addresses(host, tag, deadlineNanos);
    if (addresses.isEmpty()) {
      throw new IOException("its name has no address");
    }
    List<InetSocketAddress> servers =
        addresses.stream().map(it -> new InetSocketAddress(it, port)).toList();
    CompletableFuture<Asked> race =
        HappyEyeballs.race(servers, parts.clock(), it -> ask(url, host, it, tls), Asked::close);
    try {
      if (!parts.clock().await(race, deadlineNanos)) {
        throw new IOException("no connection in time");
      }
      Asked asked = race.get();
      if (!parts.clock().await(asked.reply(), deadlineNanos)) {
        throw new IOException("no answer in time");
      }
      return asked.reply().get();
    } catch (ExecutionException e) {
      throw new IOException(reason(e.getCause() == null ? e : e.getCause()), e);
    } finally {
      boolean _ = race.cancel(false);
      if (race.state() == CompletableFuture.State.SUCCESS) {
        race.resultNow().close();
      }
    }
  }

  private List<InetAddress> addresses(String host, String tag, long deadlineNanos)
      throws IOException, InterruptedException {
    try {
      return List.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException e) {
      return parts.names().addressesOf(host, tag, deadlineNanos);
    }
  }

  private SslContext context(String host) throws IOException {
    try {
      return new ClientTls(TlsSettings.ofServer(host, true, parts.authorities()))
          .overTcp("http/1.1");
    } catch (GeneralSecurityException e) {
      throw new IOException("no certificates to trust: " + e.getMessage(), e);
    }
  }

  /** A connection that stands, and what comes by it. */
  private record Asked(Channel channel, CompletableFuture<WebReply> reply) {

    void close() {
      var _ = channel.close();
    }
  }

  private CompletableFuture<Asked> ask(
      URI url, String host, InetSocketAddress server, Optional<SslContext> tls) {
    CompletableFuture<WebReply> reply = new CompletableFuture<>();
    ChannelInitializer<Channel> handlers =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            tls.ifPresent(it ->
                channel.pipeline().addLast(it.newHandler(channel.alloc(), host, server.getPort())));
            channel
                .pipeline()
                .addLast(new HttpClientCodec())
                .addLast(new HttpContentDecompressor(SubscriptionText.LONGEST))
                .addLast(new HttpObjectAggregator(SubscriptionText.LONGEST))
                .addLast(new WebRequest(url, reply));
          }
        };
    CompletableFuture<Channel> connecting = parts.exit().connect(server, handlers);
    CompletableFuture<Asked> asked = connecting.thenApply(it -> new Asked(it, reply));
    var _ =
        asked.whenComplete((_, _) -> {
          if (asked.isCancelled()) {
            connecting.cancel(false);
          }
        });
    return asked;
  }

  private static String reason(Throwable cause) {
    Throwable root = cause;
    if (cause instanceof CompletionException && cause.getCause() != null) {
      root = cause.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
