package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request to go on in another protocol (RFC 9110 section 7.8), by which WebSocket (RFC 6455
 * section 4) and HTTPUpgrade begin. Netty's own handshake of WebSocket writes past the handlers of
 * who uses the channel, and this one does not.
 */
final class UpgradeOpening extends Opening {

  /** The whole head of an answer. */
  private static final int LONGEST_HEAD = 16_384;

  /** Of one frame, which is handed on whole: more than servers put into one. */
  private static final int LONGEST_FRAME = 1 << 20;

  private static final String ACCEPT_SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private final String path;
  private final String host;
  private final @Nullable String key;

  private UpgradeOpening(String path, String host, @Nullable String key) {
    this.path = path;
    this.host = host;
    this.key = key;
  }

  /** Bytes follow. */
  static UpgradeOpening toBytes(String path, String host) {
    return new UpgradeOpening(path, host, null);
  }

  /**
   * Frames follow.
   *
   * @param nonce 16 bytes chosen at random
   */
  static UpgradeOpening toWebSocket(String path, String host, byte[] nonce) {
    return new UpgradeOpening(path, host, Base64.getEncoder().encodeToString(nonce));
  }

  @Override
  ByteBuf greeting(ChannelHandlerContext context) {
    StringBuilder request =
        new StringBuilder("GET ")
            .append(path)
            .append(" HTTP/1.1\r\nHost: ")
            .append(host)
            .append("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
    if (key != null) {
      request.append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").append(key).append("\r\n");
    }
    return ByteBufUtil.writeAscii(context.alloc(), request.append("\r\n"));
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    int length = headLength(in);
    if (length < 0) {
      return;
    }
    check(in.readCharSequence(length, StandardCharsets.ISO_8859_1).toString());
    if (key != null) {
      WebSocketDecoderConfig frames =
          WebSocketDecoderConfig.newBuilder()
              .expectMaskedFrames(false)
              .allowExtensions(false)
              .withUTF8Validator(false)
              .maxFramePayloadLength(LONGEST_FRAME)
              .build();
      // In this order behind this handler, so that what came behind the head reaches them.
      context.pipeline().addAfter(context.name(), null, new WebSocketBytes());
      context.pipeline().addAfter(context.name(), null, new WebSocket13FrameEncoder(true));
      context.pipeline().addAfter(context.name(), null, new WebSocket13FrameDecoder(frames));
    }
    stands(context);
  }

  /** Of the head with its empty line; -1: it is not whole yet. */
  private static int headLength(ByteBuf in) throws IOException {
    int window = Math.min(in.readableBytes(), LONGEST_HEAD);
    int start = in.readerIndex();
    for (int end = start + 3; end < start + window; end++) {
      if (in.getByte(end) == '\n' && in.getMedium(end - 3) == 0x0D0A0D) {
        return end + 1 - start;
      }
    }
    if (window == LONGEST_HEAD) {
      throw new IOException("the head of its answer exceeds " + LONGEST_HEAD + " bytes");
    }
    return -1;
  }

  private void check(String head) throws IOException {
    String[] lines = head.split("\r\n", -1);
    if (!lines[0].matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
      throw new IOException("it does not speak HTTP/1.1: its answer begins otherwise");
    }
    String status = lines[0].substring(9, 12);
    if (!status.equals("101")) {
      throw new IOException(
          "it answered " + status + " to the upgrade to WebSocket: is the path right?");
    }
    if (!field(lines, "upgrade").equalsIgnoreCase("websocket")) {
      throw new IOException("it upgrades to something else than WebSocket");
    }
    if (key != null && !field(lines, "sec-websocket-accept").equals(accept(key))) {
      throw new IOException("its Sec-WebSocket-Accept does not fit the key");
    }
  }

  /** Of the last field with this name in lower case; empty: there is none. */
  private static String field(String[] lines, String name) {
    String value = "";
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
        value = line.substring(colon + 1).strip();
      }
    }
    return value;
  }

  private static String accept(String key) {
    try {
      byte[] salted = (key + ACCEPT_SALT).getBytes(StandardCharsets.US_ASCII);
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(salted);
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-1", e);
    }
  }
}
