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
import org.jspecify.annotations.Nullable;

/**
 * A request to go on in another protocol (RFC 9110 section 7.8), by which WebSocket (RFC 6455
 * section 4) and HTTPUpgrade begin. Netty's own handshake of WebSocket writes past the handlers of
 * who uses the channel, and this one does not.
 */
final class UpgradeOpening extends Opening {

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
    HttpHead head = HttpHead.take(in);
    if (head == null) {
      return;
    }
    check(head);
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

  private void check(HttpHead head) throws IOException {
    if (head.code() != 101) {
      throw new IOException(
          "it answered " + head.code() + " to the upgrade to WebSocket: is the path right?");
    }
    if (!head.field("upgrade").equalsIgnoreCase("websocket")) {
      throw new IOException("it upgrades to something else than WebSocket");
    }
    if (key != null && !head.field("sec-websocket-accept").equals(accept(key))) {
      throw new IOException("its Sec-WebSocket-Accept does not fit the key");
    }
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
