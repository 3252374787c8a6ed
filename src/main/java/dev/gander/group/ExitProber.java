package dev.gander.group;

import dev.gander.clock.Clock;
import dev.gander.config.TlsSettings;
import dev.gander.proxy.Exit;
import dev.gander.tls.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.random.RandomGenerator;

/** {@link Prober} over the nodes' own exits. Any thread. */
final class ExitProber implements Prober {

  private final NodeExits exits;
  private final Optional<Path> authorities;
  private final Clock clock;
  private final RandomGenerator random;

  /** By host; as many as there are different {@code tcp_check_url}. */
  private final Map<String, SslContext> contexts = new ConcurrentHashMap<>();

  ExitProber(GroupParts parts) {
    exits = parts.exits();
    authorities = parts.authorities();
    clock = parts.clock();
    random = parts.random();
  }

  @Override
  public long probe(Node node, Probe probe, long deadlineNanos)
      throws IOException, InterruptedException {
    Exit exit = exits.through(node);
    if (probe.target().isUnresolved() && !exit.takesNames()) {
      throw new NodeFault(
          "it looks up no names: write addresses behind the host of tcp_check_url and udp_check_dns");
    }
    if (probe instanceof Probe.Dns dns && !dns.tcp() && !exit.carriesDatagrams()) {
      throw new NodeFault("it carries no UDP");
    }
    return switch (probe) {
      case Probe.Http http -> stream(exit, http, deadlineNanos);
      case Probe.Dns dns when dns.tcp() -> stream(exit, dns, deadlineNanos);
      case Probe.Dns dns -> datagrams(exit, dns, deadlineNanos);
    };
  }

  /** Twice if the first fails before its time: connections do break for no fault of the node. */
  private long stream(Exit exit, Probe probe, long deadlineNanos)
      throws IOException, InterruptedException {
    long start = clock.nanoTime();
    try {
      return once(exit, probe, deadlineNanos);
    } catch (IOException e) {
      if (clock.nanoTime() - start > (deadlineNanos - start) / 2) {
        throw e;
      }
      return once(exit, probe, deadlineNanos);
    }
  }

  private long once(Exit exit, Probe probe, long deadlineNanos)
      throws IOException, InterruptedException {
    long start = clock.nanoTime();
    CompletableFuture<Void> answered = new CompletableFuture<>();
    CompletableFuture<Channel> connected = exit.connect(probe.target(), handlers(probe, answered));
    try {
      forward(connected, answered);
      await(answered, deadlineNanos);
      return clock.nanoTime() - start;
    } finally {
      close(connected);
    }
  }

  private long datagrams(Exit exit, Probe.Dns probe, long deadlineNanos)
      throws IOException, InterruptedException {
    long start = clock.nanoTime();
    CompletableFuture<Void> answered = new CompletableFuture<>();
    DnsProbe handler = new DnsProbe(probe, random.nextInt(1 << 16), answered);
    CompletableFuture<Channel> connected = exit.datagrams(probe.target(), handler);
    try {
      forward(connected, answered);
      // A lost datagram is no dead node: asked after 0, 1 and 3 seconds.
      long wait = 1_000_000_000L;
      for (long next = start + wait; next - deadlineNanos < 0; next += wait) {
        if (clock.await(answered, next)) {
          break;
        }
        if (connected.state() == CompletableFuture.State.SUCCESS) {
          handler.ask(connected.resultNow());
        }
        wait *= 2;
      }
      await(answered, deadlineNanos);
      return clock.nanoTime() - start;
    } finally {
      close(connected);
    }
  }

  private ChannelHandler handlers(Probe probe, CompletableFuture<Void> answered)
      throws IOException {
    return switch (probe) {
      case Probe.Dns dns -> new DnsProbe(dns, random.nextInt(1 << 16), answered);
      case Probe.Http http when !http.tls() -> new HttpProbe(http, answered);
      case Probe.Http http -> {
        SslContext context = context(http.host());
        yield new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(context.newHandler(channel.alloc(), http.host(), http.port()))
                .addLast(new HttpProbe(http, answered));
          }
        };
      }
    };
  }

  private SslContext context(String host) throws IOException {
    SslContext known = contexts.get(host);
    if (known != null) {
      return known;
    }
    try {
      TlsSettings settings = TlsSettings.ofServer(host, true, authorities);
      SslContext made = new ClientTls(settings).overTcp("http/1.1");
      contexts.put(host, made);
      return made;
    } catch (GeneralSecurityException e) {
      throw new IOException("no certificates to trust: " + e.getMessage(), e);
    }
  }

  private static void forward(CompletableFuture<Channel> from, CompletableFuture<Void> to) {
    var _ =
        from.whenComplete((channel, error) -> {
          if (error != null) {
            to.completeExceptionally(error);
          }
        });
  }

  private void await(CompletableFuture<Void> answered, long deadlineNanos)
      throws IOException, InterruptedException {
    if (!clock.await(answered, deadlineNanos)) {
      throw new IOException("no answer in time");
    }
    try {
      answered.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      String message = cause == null ? null : cause.getMessage();
      throw new IOException(message == null ? String.valueOf(cause) : message, cause);
    }
  }

  private static void close(CompletableFuture<Channel> connected) {
    boolean _ = connected.cancel(false);
    if (connected.state() == CompletableFuture.State.SUCCESS) {
      var _ = connected.resultNow().close();
    }
  }
}
