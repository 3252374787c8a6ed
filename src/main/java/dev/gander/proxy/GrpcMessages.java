package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageCodec;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Bytes in gRPC's messages: no compression, a length, and a protobuf message whose field 1 holds
 * them. Event loop.
 */
final class GrpcMessages extends ByteToMessageCodec<ByteBuf> {

  private static final int PREFIX = 5;

  /** Field 1, length-delimited. */
  private static final int TAG = 0x0A;

  /** Longer ones would have to be held whole. */
  private static final int LONGEST = 1 << 22;

  private static final int PIECE = 1 << 15;

  private final Consumer<ChannelHandlerContext> begin;

  /**
   * @param begin is to open the stream when the connection stands
   */
  GrpcMessages(Consumer<ChannelHandlerContext> begin) {
    super(ByteBuf.class);
    this.begin = begin;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    begin.accept(context);
    context.fireChannelActive();
  }

  @Override
  protected void encode(ChannelHandlerContext context, ByteBuf bytes, ByteBuf out) {
    while (bytes.isReadable()) {
      int length = Math.min(PIECE, bytes.readableBytes());
      out.writeByte(0).writeInt(1 + varintLength(length) + length).writeByte(TAG);
      varint(out, length);
      out.writeBytes(bytes, length);
    }
  }

  private static int varintLength(int value) {
    return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : 3;
  }

  private static void varint(ByteBuf out, int value) {
    int left = value;
    while (left >= 0x80) {
      out.writeByte(left | 0x80);
      left >>>= 7;
    }
    out.writeByte(left);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    if (in.readableBytes() < PREFIX) {
      return;
    }
    int start = in.readerIndex();
    if (in.getByte(start) != 0) {
      throw new IOException("it sent a gRPC message that is compressed");
    }
    long length = in.getUnsignedInt(start + 1);
    if (length > LONGEST) {
      throw new IOException("it sent a gRPC message of " + length + " bytes");
    }
    if (in.readableBytes() >= PREFIX + length) {
      fields(in.skipBytes(PREFIX).readSlice((int) length), out);
    }
  }

  private static void fields(ByteBuf message, List<Object> out) throws IOException {
    while (message.isReadable()) {
      if (message.readByte() != TAG) {
        throw new IOException("it sent a gRPC message that has more than bytes");
      }
      int length = varint(message);
      if (length > message.readableBytes()) {
        throw new IOException("it sent a gRPC message that is cut off");
      }
      out.add(message.readRetainedSlice(length));
    }
  }

  private static int varint(ByteBuf in) throws IOException {
    int value = 0;
    for (int shift = 0; shift < 28 && in.isReadable(); shift += 7) {
      int next = in.readByte();
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IOException("it sent a gRPC message with a length that is none");
  }
}
