package dev.gander.proxy;

import dev.gander.node.Secret;
import dev.gander.proxy.Carrier.Stack;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Through a VLESS server, version 0 and no flow (xtls.github.io, VLESS protocol). Any thread. */
final class VlessExit extends AheadExit {

  private static final int VERSION = 0;
  private static final int TCP = 1;
  private static final int UDP = 2;
  private static final String DOUBT = "the target did, or the id is wrong";

  private final byte[] user;

  VlessExit(Hop hop, Secret id) {
    super(hop, DOUBT);
    user = V2rayAddress.user(id);
  }

  @Override
  Stack protocol(InetSocketAddress target, boolean datagrams) throws IOException {
    byte[] request = request(datagrams ? UDP : TCP, target);
    return pipeline -> {
      pipeline.addLast(new RequestAhead(_ -> Unpooled.wrappedBuffer(request)), new AnswerHead());
      if (datagrams) {
        pipeline.addLast(new LengthDatagrams(target));
      }
    };
  }

  private byte[] request(int command, InetSocketAddress target) throws IOException {
    byte[] address = V2rayAddress.of(target);
    return ByteBuffer.allocate(3 + user.length + address.length)
        .put((byte) VERSION)
        .put(user)
        .put((byte) 0)
        .put((byte) command)
        .put(address)
        .array();
  }

  /** What stands before the target's first bytes: the version, and additions that are not used. */
  static final class AnswerHead extends ByteToMessageDecoder {

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
        throws IOException {
      int version = in.getUnsignedByte(in.readerIndex());
      if (version != VERSION) {
        throw new IOException("it does not speak VLESS: its answer begins with byte " + version);
      }
      if (in.readableBytes() >= 2) {
        int length = 2 + in.getUnsignedByte(in.readerIndex() + 1);
        if (in.readableBytes() >= length) {
          in.skipBytes(length);
          context.pipeline().remove(this);
        }
      }
    }
  }
}
