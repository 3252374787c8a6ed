package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.gander.node.ProxyServer.VmessCipher;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever a Trojan, VMess or VLESS server, or what carries it, may send: the outcome is bytes or
 * datagrams for who uses the channel, or an error that says what was wrong with it.
 */
class TunnelWordsFuzzTest {

  private static final long SEED = 20261128;
  private static final int ROUNDS = 3_000;
  private static final InetSocketAddress TARGET =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 53);
  private static final SecureRandom KEYS = new SecureRandom();
  private static final VmessSession SESSION = new VmessSession(VmessCipher.CHACHA20_POLY1305, KEYS);

  /** A reader of a server's words, and words that it understands. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Reader(String name, Supplier<List<ChannelHandler>> handlers, byte[] words) {}

  private static final List<Reader> READERS =
      List.of(
          new Reader(
              "trojan",
              () -> List.of(new TrojanDatagrams(TARGET)),
              hex("01c00002010035000 5 0d0a 6869686968 03 01 61 0035 0001 0d0a 21")),
          new Reader(
              "vless",
              () -> List.of(new VlessExit.AnswerHead(), new LengthDatagrams(TARGET)),
              hex("0003616263000568696869680001 21")),
          new Reader(
              "vmess",
              () -> List.of(new VmessOpener(SESSION), new ChunkDatagrams(TARGET)),
              VmessAnswers.of(SESSION, KEYS, new byte[100], new byte[1], new byte[0])),
          new Reader(
              "websocket",
              () -> List.of(UpgradeOpening.toWebSocket("/", "a.example", new byte[16])),
              join(
                  text(
                      """
                      HTTP/1.1 101 Switching Protocols\r
                      Upgrade: websocket\r
                      Connection: Upgrade\r
                      Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r
                      \r
                      """),
                  hex("8205686968696889008800"))),
          new Reader(
              "httpupgrade",
              () -> List.of(UpgradeOpening.toBytes("/", "a.example")),
              text("HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\n\r\nbytes")),
          new Reader(
              "grpc messages",
              () -> List.of(new GrpcMessages(_ -> {})),
              hex("00000000070a05686968696800000000000000000003 0a0121")));

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] join(byte[]... pieces) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      all.writeBytes(piece);
    }
    return all.toByteArray();
  }

  @FuzzTest(maxDuration = "5m")
  void anyBytesAreReadOrRefused(byte[] bytes) {
    for (Reader reader : READERS) {
      check(reader, bytes, Math.max(1, bytes.length));
    }
    checkGrpc(bytes, Math.max(1, bytes.length));
  }

  @Test
  void theWordsThemselvesAreUnderstood() {
    for (Reader reader : READERS) {
      for (int piece = 1; piece <= reader.words().length; piece++) {
        assertThat(check(reader, reader.words(), piece)).as(reader.name()).isPositive();
      }
    }
  }

  @Test
  @Timeout(120)
  void anyWordsWithAFewChangesAreReadOrRefused() {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      for (Reader reader : READERS) {
        byte[] words = changed(reader.words(), random);
        check(reader, words, 1 + random.nextInt(words.length + 1));
      }
      checkGrpc(changed(GRPC, random), 1 + random.nextInt(GRPC.length));
    }
  }

  private static byte[] changed(byte[] words, Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = random.nextInt(words.length);
    int length = random.nextInt(Math.min(8, words.length - at) + 1);
    out.write(words, 0, at);
    if (random.nextBoolean()) {
      byte[] other = new byte[random.nextInt(8)];
      random.nextBytes(other);
      out.writeBytes(other);
    }
    out.write(words, at + length, words.length - at - length);
    byte[] result = out.toByteArray();
    if (result.length > 0) {
      result[random.nextInt(result.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return result;
  }

  /** How many messages came through; -1: an error was told. */
  private static int check(Reader reader, byte[] words, int piece) {
    EmbeddedChannel channel =
        new EmbeddedChannel(reader.handlers().get().toArray(ChannelHandler[]::new));
    return outcome(channel, words, piece, reader.name());
  }

  /** SETTINGS; HEADERS with :status 200; DATA with one message; an empty DATA that is the end. */
  private static final byte[] GRPC =
      hex(
          "000000040000000000"
              + "00000101040000000188"
              + "00000a000000000001"
              + "00000000050a03686968"
              + "000000000100000001");

  private static void checkGrpc(byte[] words, int piece) {
    EmbeddedChannel channel = new EmbeddedChannel();
    GrpcStream.addTo(channel.pipeline(), "https", "a.example", "service");
    channel.pipeline().fireChannelActive();
    int _ = outcome(channel, words, piece, "grpc");
  }

  private static int outcome(EmbeddedChannel channel, byte[] words, int piece, String name) {
    List<Throwable> errors = new ArrayList<>();
    try {
      for (int at = 0; at < words.length && channel.isOpen() && errors.isEmpty(); at += piece) {
        channel.writeInbound(Unpooled.copiedBuffer(words, at, Math.min(piece, words.length - at)));
      }
    } catch (Throwable e) {
      errors.add(e);
    }
    int messages = 0;
    for (Object m = channel.readInbound(); m != null; m = channel.readInbound()) {
      messages++;
      ReferenceCountUtil.release(m);
    }
    try {
      channel.finishAndReleaseAll();
    } catch (Throwable e) {
      errors.add(e);
    }
    for (Throwable error : errors) {
      Throwable cause =
          error instanceof CodecException && error.getCause() != null ? error.getCause() : error;
      assertThat(cause)
          .as(name)
          .isInstanceOfAny(IOException.class, CodecException.class, Http2Exception.class);
      assertThat(cause.getMessage()).as(name).isNotBlank();
    }
    return errors.isEmpty() ? messages : -1;
  }
}
