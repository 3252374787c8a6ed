package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.util.List;

/**
 * The frames of Mux.Cool, of one stream that has the connection for itself: a server that expects
 * them takes no others. Each is a length, what it is about, and perhaps data with a length of their
 * own. Event loop.
 */
final class MuxCool extends Disguised {

  private static final int STREAM = 1;
  private static final int NEW = 1;
  private static final int KEEP = 2;
  private static final int END = 3;
  private static final int KEEP_ALIVE = 4;
  private static final int HAS_DATA = 1;
  private static final int NETWORK_TCP = 1;
  private static final int ADDRESS_IPV4 = 1;

  /** What servers of this protocol send at most, and so surely take. */
  private static final int LONGEST_DATA = 8_192;

  private static final int LONGEST_HEAD = 512;

  /** Stream, status, options. */
  private static final int LEAST_HEAD = 4;

  private boolean begun;

  @Override
  void disguise(ChannelHandlerContext context, ByteBuf plain, ChannelPromise promise) {
    int frames = plain.readableBytes() / LONGEST_DATA + 1;
    ByteBuf out = context.alloc().buffer(plain.readableBytes() + frames * 32);
    try {
      do {
        int length = Math.min(LONGEST_DATA, plain.readableBytes());
        head(out);
        out.writeShort(length).writeBytes(plain, length);
      } while (plain.isReadable());
    } finally {
      plain.release();
    }
    var _ = context.write(out, promise);
  }

  /** The first says where the stream leads; a server that is a plugin knows that by itself. */
  private void head(ByteBuf out) {
    if (begun) {
      out.writeShort(LEAST_HEAD).writeShort(STREAM).writeByte(KEEP).writeByte(HAS_DATA);
      return;
    }
    begun = true;
    out.writeShort(LEAST_HEAD + 8).writeShort(STREAM).writeByte(NEW).writeByte(HAS_DATA);
    out.writeByte(NETWORK_TCP).writeShort(443).writeByte(ADDRESS_IPV4).writeInt(0x7F000001);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    int start = in.readerIndex();
    if (in.readableBytes() < 2) {
      return;
    }
    int head = in.getUnsignedShort(start);
    if (head < LEAST_HEAD || head > LONGEST_HEAD) {
      throw broken(context, "it sends what is no frame of Mux.Cool: is mux=0 missing?");
    }
    if (in.readableBytes() < 2 + head) {
      return;
    }
    int stream = in.getUnsignedShort(start + 2);
    int status = in.getUnsignedByte(start + 4);
    boolean data = (in.getByte(start + 5) & HAS_DATA) != 0;
    int at = start + 2 + head;
    int length = 0;
    if (data) {
      if (in.readableBytes() < 2 + head + 2) {
        return;
      }
      length = in.getUnsignedShort(at);
      at += 2;
      if (in.readableBytes() < at - start + length) {
        return;
      }
    }
    ByteBuf content = in.retainedSlice(at, length);
    in.readerIndex(at + length);
    take(context, stream, status, content, out);
  }

  private void take(
      ChannelHandlerContext context, int stream, int status, ByteBuf content, List<Object> out)
      throws IOException {
    boolean ours = stream == STREAM && (status == KEEP || status == END);
    if (ours && content.isReadable()) {
      out.add(content);
    } else {
      content.release();
    }
    if (status < KEEP || status > KEEP_ALIVE) {
      throw broken(context, "it sends what is no frame of Mux.Cool: is mux=0 missing?");
    }
    if (ours && status == END) {
      var _ = context.close();
    }
  }
}
