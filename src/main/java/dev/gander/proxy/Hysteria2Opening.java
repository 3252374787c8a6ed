package dev.gander.proxy;

import dev.gander.config.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;

/** What is said on a stream of Hysteria 2 before it is the target's. Event loop. */
final class Hysteria2Opening extends Opening {

  private static final int TCP_REQUEST = 0x401;
  private static final int LONGEST_MESSAGE = 2048;
  private static final int LONGEST_PADDING = 4096;

  private final InetSocketAddress target;
  private final SecureRandom random;

  Hysteria2Opening(InetSocketAddress target, SecureRandom random) {
    this.target = target;
    this.random = random;
  }

  @Override
  ByteBuf greeting(ChannelHandlerContext context) {
    byte[] address = Endpoint.text(target).getBytes(StandardCharsets.UTF_8);
    byte[] padding = Padding.text(random, 64, 512).getBytes(StandardCharsets.US_ASCII);
    ByteBuf out = context.alloc().buffer(8 + address.length + padding.length);
    Varint.write(out, TCP_REQUEST);
    Varint.write(out, address.length);
    out.writeBytes(address);
    Varint.write(out, padding.length);
    return out.writeBytes(padding);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    int start = in.readerIndex();
    int status = in.readUnsignedByte();
    int message = length(in, LONGEST_MESSAGE);
    if (message < 0 || in.readableBytes() < message) {
      in.readerIndex(start);
      return;
    }
    String text = ServerText.take(in, message);
    if (status != 0) {
      throw new IOException(text.isEmpty() ? "it reports a failure without a reason" : text);
    }
    int padding = length(in, LONGEST_PADDING);
    if (padding < 0 || in.readableBytes() < padding) {
      in.readerIndex(start);
      return;
    }
    in.skipBytes(padding);
    stands(context);
  }

  private static int length(ByteBuf in, int most) throws IOException {
    long length = Varint.read(in);
    if (length > most) {
      throw new IOException("its answer has a part of " + length + " bytes");
    }
    return (int) length;
  }
}
