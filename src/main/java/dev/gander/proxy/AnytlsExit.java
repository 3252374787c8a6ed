package dev.gander.proxy;

import dev.gander.config.Endpoint;
import dev.gander.node.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;

/**
 * Through an AnyTLS server, in sessions that are used again. Datagrams go as sing-box's UDP over
 * TCP, version 2, in its form for one target. Any thread.
 */
final class AnytlsExit implements Exit {

  /** What a server takes as the wish for datagrams. */
  private static final InetSocketAddress DATAGRAMS =
      InetSocketAddress.createUnresolved("sp.v2.udp-over-tcp.arpa", 0);

  private final Hop hop;
  private final Secret password;
  private final SecureRandom random;
  private final AnytlsSessions sessions;

  AnytlsExit(Hop hop, Secret password, SecureRandom random, AnytlsSessions sessions) {
    this.hop = hop;
    this.password = password;
    this.random = random;
    this.sessions = sessions;
  }

  @Override
  public boolean takesNames() {
    return true;
  }

  @Override
  public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
    ByteBuf head = Unpooled.buffer(64);
    try {
      AddressForm.SOCKS.write(head, target);
    } catch (IOException e) {
      return hop.refused(target, String.valueOf(e.getMessage()));
    }
    return opened(target, ByteBufUtil.getBytes(head), handlers);
  }

  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
    ByteBuf head = Unpooled.buffer(64);
    try {
      AddressForm.SOCKS.write(head, DATAGRAMS);
      AddressForm.SOCKS.write(head.writeByte(1), target);
    } catch (IOException e) {
      return hop.refused(target, String.valueOf(e.getMessage()));
    }
    ChannelHandler both =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new LengthDatagrams(target), handlers);
          }
        };
    return opened(target, ByteBufUtil.getBytes(head), both);
  }

  private CompletableFuture<Channel> opened(
      InetSocketAddress target, byte[] head, ChannelHandler handlers) {
    CompletableFuture<Channel> opened = new CompletableFuture<>();
    open(target, head, handlers, opened);
    return opened;
  }

  private void open(
      InetSocketAddress target,
      byte[] head,
      ChannelHandler handlers,
      CompletableFuture<Channel> opened) {
    AnytlsSession waiting = sessions.take();
    if (waiting == null) {
      dial(target, head, handlers, opened);
      return;
    }
    waiting
        .channel()
        .eventLoop()
        .execute(() -> {
          if (!waiting.begin(target, head, handlers, opened)) {
            open(target, head, handlers, opened);
          }
        });
  }

  private void dial(
      InetSocketAddress target,
      byte[] head,
      ChannelHandler handlers,
      CompletableFuture<Channel> opened) {
    AnytlsSession session =
        new AnytlsSession(hop, password, sessions, new AnytlsFrames(sessions.scheme(), random));
    CompletableFuture<Channel> dialling = hop.tunnel(target, _ -> {}, session);
    var _ =
        dialling.whenComplete((_, failure) -> {
          if (failure != null) {
            opened.completeExceptionally(failure);
          } else if (!session.begin(target, head, handlers, opened)) {
            opened.completeExceptionally(
                new IOException(
                    hop
                        + " does not reach "
                        + Endpoint.text(target)
                        + ": it closed the connection"));
          }
        });
    Hop.endsWith(dialling, opened);
  }
}
