package dev.gander.proxy;

import dev.gander.node.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The client's side of SOCKS 4, and of 4a where the target is a name. */
final class Socks4Opening extends Opening {

  private static final int VERSION = 4;
  private static final int CONNECT = 1;
  private static final int ANSWER_LENGTH = 8;
  private static final int GRANTED = 90;

  /** 0.0.0.1: no such host; a name follows. */
  private static final int NAME_FOLLOWS = 1;

  private final InetSocketAddress target;
  private final Secret user;

  /**
   * @param target an IPv4 address, or a name
   */
  Socks4Opening(InetSocketAddress target, Secret user) {
    this.target = target;
    this.user = user;
  }

  @Override
  ByteBuf greeting(ChannelHandlerContext context) throws IOException {
    InetAddress address = target.getAddress();
    ByteBuf request =
        context.alloc().buffer().writeByte(VERSION).writeByte(CONNECT).writeShort(target.getPort());
    if (address == null) {
      return request
          .writeInt(NAME_FOLLOWS)
          .writeBytes(user.bytes())
          .writeByte(0)
          .writeBytes(target.getHostString().getBytes(StandardCharsets.US_ASCII))
          .writeByte(0);
    }
    return request.writeBytes(address.getAddress()).writeBytes(user.bytes()).writeByte(0);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    if (in.readableBytes() < 2) {
      return;
    }
    int version = in.getUnsignedByte(in.readerIndex());
    int code = in.getUnsignedByte(in.readerIndex() + 1);
    // The reply's own version is 0; some servers put the request's.
    if (version != 0 && version != VERSION) {
      throw new IOException("it does not speak SOCKS 4: its answer begins with byte " + version);
    }
    if (code != GRANTED) {
      throw new IOException(meaning(code));
    }
    if (in.readableBytes() >= ANSWER_LENGTH) {
      in.skipBytes(ANSWER_LENGTH);
      stands(context);
    }
  }

  private static String meaning(int code) {
    return switch (code) {
      case 91 -> "it rejected the request, or failed";
      case 92 -> "it cannot ask this machine who the user is";
      case 93 -> "this machine tells it another user";
      default -> "reply code " + code;
    };
  }
}
