package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.forward.TestCertificates;
import dev.gander.node.ProxyServer;
import dev.gander.node.ProxyServer.VmessCipher;
import dev.gander.proxy.Aead.Algorithm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** One protocol's handlers as a client has them, and what a server would send through them. */
public final class Tunnel {

  /** What is measured, and which chunks it has. */
  public enum Protocol {
    SS_AES_128_GCM(Algorithm.AES_GCM, 16, 0x3FFF, true),
    SS_AES_256_GCM(Algorithm.AES_GCM, 32, 0x3FFF, true),
    SS_CHACHA20_POLY1305(Algorithm.CHACHA20_POLY1305, 32, 0x3FFF, true),
    SS_2022_AES_128_GCM(Algorithm.AES_GCM, 16, 0xFFFF, true),
    TROJAN_TLS_AES_256_GCM(Algorithm.AES_GCM, 32, 16_384, false),
    VMESS_AES_128_GCM(Algorithm.AES_GCM, 16, VmessSealer.PAYLOAD, false);

    final Algorithm algorithm;
    final int keyLength;
    final int chunk;
    final boolean sealsLengths;

    /** Whether one server can answer more than once. */
    final boolean goesOn;

    Protocol(Algorithm algorithm, int keyLength, int chunk, boolean sealsLengths) {
      this.algorithm = algorithm;
      this.keyLength = keyLength;
      this.chunk = chunk;
      this.sealsLengths = sealsLengths;
      goesOn = name().startsWith("TROJAN");
    }
  }

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final byte[] KEY = new byte[16];

  private final EmbeddedChannel client;
  private final UnaryOperator<ByteBuf> server;

  private Tunnel(EmbeddedChannel client, UnaryOperator<ByteBuf> server) {
    this.client = client;
    this.server = server;
  }

  /** What the client has written so far is gone. */
  EmbeddedChannel client() {
    return client;
  }

  /** {@code piece}, so often, as a server sends it. */
  ByteBuf answer(ByteBuf piece, int times) {
    ByteBuf plain = Unpooled.directBuffer(piece.readableBytes() * times);
    for (int i = 0; i < times; i++) {
      plain.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
    }
    ByteBuf answer = server.apply(plain);
    plain.release();
    return answer;
  }

  static Tunnel of(Protocol protocol) throws Exception {
    return switch (protocol) {
      case SS_AES_128_GCM, SS_AES_256_GCM, SS_CHACHA20_POLY1305 -> shadowsocks(protocol);
      case SS_2022_AES_128_GCM -> shadowsocks2022(protocol);
      case TROJAN_TLS_AES_256_GCM -> trojan();
      case VMESS_AES_128_GCM -> vmess();
    };
  }

  private static Tunnel shadowsocks(Protocol protocol) {
    ShadowsocksMethod method =
        new ShadowsocksAead(protocol.algorithm, new byte[protocol.keyLength], RANDOM);
    ShadowsocksHandler handler = new ShadowsocksHandler(method.stream(new byte[7]));
    return new Tunnel(
        drained(new EmbeddedChannel(handler, handler.outbound())),
        plain -> {
          // A server's stream is as a client's, but for the address.
          ByteBuf sealed = Unpooled.directBuffer(plain.readableBytes());
          method.stream(new byte[0]).seal(plain, sealed);
          return sealed;
        });
  }

  private static Tunnel shadowsocks2022(Protocol protocol) {
    Clock clock = Clock.system();
    ShadowsocksMethod method =
        new Shadowsocks2022(protocol.algorithm, List.of(KEY), clock, RANDOM);
    ShadowsocksHandler handler = new ShadowsocksHandler(method.stream(new byte[7]));
    EmbeddedChannel client = new EmbeddedChannel(handler, handler.outbound());
    ByteBuf request = client.readOutbound();
    byte[] asked = ByteBufUtil.getBytes(request, 0, KEY.length);
    request.release();
    return new Tunnel(
        client,
        plain -> {
          byte[] salt = new byte[KEY.length];
          RANDOM.nextBytes(salt);
          ByteBuf sealed = Unpooled.directBuffer(plain.readableBytes()).writeBytes(salt);
          Aead aead = Aead.sealing(protocol.algorithm, ShadowsocksKeys.subkey2022(KEY, salt));
          int first = protocol.chunk;
          ByteBuf head =
              Unpooled.buffer()
                  .writeByte(1)
                  .writeLong(Shadowsocks2022.seconds(clock))
                  .writeBytes(asked)
                  .writeShort(first);
          aead.seal(head, head.readableBytes(), sealed);
          aead.seal(plain, first, sealed);
          new Chunks(aead, protocol.chunk).seal(plain, sealed);
          return sealed;
        });
  }

  private static Tunnel vmess() {
    VmessSession session = new VmessSession(VmessCipher.AES_128_GCM, RANDOM);
    EmbeddedChannel client =
        new EmbeddedChannel(new VmessOpener(session), new VmessSealer(session, RANDOM, true));
    return new Tunnel(
        client,
        plain -> {
          byte[] all = ByteBufUtil.getBytes(plain);
          byte[][] chunks = new byte[(all.length + VmessSealer.PAYLOAD - 1) / VmessSealer.PAYLOAD][];
          for (int i = 0; i < chunks.length; i++) {
            int from = i * VmessSealer.PAYLOAD;
            chunks[i] =
                Arrays.copyOfRange(all, from, Math.min(all.length, from + VmessSealer.PAYLOAD));
          }
          return Unpooled.wrappedBuffer(VmessAnswers.of(session, RANDOM, chunks));
        });
  }

  /** With a real server of TLS, whose handshake is done. */
  private static Tunnel trojan() throws Exception {
    Path directory = Files.createTempDirectory("tunnel");
    TestCertificates certificates = new TestCertificates(directory);
    SslHandler shaken =
        SslContextBuilder.forServer(
                certificates.good.getKeyPair().getPrivate(), certificates.good.getCertificatePath())
            .sslProvider(SslProvider.JDK)
            .build()
            .newHandler(ByteBufAllocator.DEFAULT);
    EmbeddedChannel server = new EmbeddedChannel(shaken);
    EmbeddedChannel client = new EmbeddedChannel();
    ProxyServer.Tls tls = new ProxyServer.Tls(TestCertificates.NAME, true, List.of(), "");
    new TlsCarrier(
            new ProxyTls(Optional.of(certificates.authorityFile)), tls, List.of("http/1.1"), 443)
        .stack()
        .addTo(client.pipeline());
    client.pipeline().addLast(new RequestAhead(_ -> Unpooled.wrappedBuffer(new byte[68])));
    client.pipeline().fireChannelActive();
    SslHandler ours = client.pipeline().get(SslHandler.class);
    while (!shaken.handshakeFuture().isDone() || !ours.handshakeFuture().isDone()) {
      move(client, server);
      move(server, client);
    }
    move(server, client);
    return new Tunnel(
        client,
        plain -> {
          server.writeOutbound(plain.retain());
          ByteBuf sealed = Unpooled.directBuffer(plain.capacity());
          for (ByteBuf out = server.readOutbound(); out != null; out = server.readOutbound()) {
            sealed.writeBytes(out);
            out.release();
          }
          return sealed;
        });
  }

  private static void move(EmbeddedChannel from, EmbeddedChannel to) {
    from.runPendingTasks();
    for (ByteBuf out = from.readOutbound(); out != null; out = from.readOutbound()) {
      to.writeInbound(out);
    }
  }

  private static EmbeddedChannel drained(EmbeddedChannel channel) {
    channel.releaseOutbound();
    return channel;
  }
}
