package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;

/**
 * simple-obfs as HTTP: the first bytes are the body of a request for WebSocket, and what the server
 * sends comes behind the head of an answer. Event loop.
 */
final class ObfsHttp extends Disguised {

  private static final int HTTP = 80;

  private final String host;
  private final SecureRandom random;
  private boolean asked;
  private boolean answered;

  ObfsHttp(String host, int port, SecureRandom random) {
    this.host = port == HTTP ? host : host + ":" + port;
    this.random = random;
  }

  @Override
  void disguise(ChannelHandlerContext context, ByteBuf plain, ChannelPromise promise) {
    if (!asked) {
      asked = true;
      byte[] nonce = new byte[16];
      random.nextBytes(nonce);
      String head =
          "GET / HTTP/1.1\r\nHost: "
              + host
              + "\r\nUser-Agent: curl/7.88.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Key: "
              + Base64.getEncoder().encodeToString(nonce)
              + "\r\nContent-Length: "
              + plain.readableBytes()
              + "\r\n\r\n";
      var _ = context.write(ByteBufUtil.writeAscii(context.alloc(), head));
    }
    var _ = context.write(plain, promise);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    if (!answered) {
      int length = headLength(context, in);
      if (length < 0) {
        return;
      }
      in.skipBytes(length);
      answered = true;
    }
    if (in.isReadable()) {
      out.add(in.readRetainedSlice(in.readableBytes()));
    }
  }

  private int headLength(ChannelHandlerContext context, ByteBuf in) throws IOException {
    try {
      return HttpHead.length(in);
    } catch (IOException e) {
      throw broken(context, String.valueOf(e.getMessage()));
    }
  }
}
