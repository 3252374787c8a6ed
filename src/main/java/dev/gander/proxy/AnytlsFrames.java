package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/** Writes frames of AnyTLS, and the first packets as the scheme wants them. Event loop. */
final class AnytlsFrames {

  static final int WASTE = 0;
  static final int SYN = 1;
  static final int PUSH = 2;
  static final int FIN = 3;
  static final int SETTINGS = 4;
  static final int ALERT = 5;
  static final int UPDATE_PADDING = 6;
  static final int SYN_ACK = 7;
  static final int HEART_REQUEST = 8;
  static final int HEART_RESPONSE = 9;
  static final int SERVER_SETTINGS = 10;

  /** Command, stream, length. */
  static final int HEAD = 7;

  /** What one frame holds. */
  static final int MOST = 65_535;

  private final PaddingScheme scheme;
  private final SecureRandom random;
  private int packet;

  AnytlsFrames(PaddingScheme scheme, SecureRandom random) {
    this.scheme = scheme;
    this.random = random;
  }

  /** How many bytes of padding stand behind the password. */
  int firstPadding() {
    packet = 1;
    int[] sizes = scheme.sizes(0, random);
    return sizes.length == 0 ? 0 : Math.max(0, sizes[0]);
  }

  static ByteBuf frame(ByteBuf out, int command, int stream, byte[] data) {
    return head(out, command, stream, data.length).writeBytes(data);
  }

  static ByteBuf head(ByteBuf out, int command, int stream, int length) {
    return out.writeByte(command).writeInt(stream).writeShort(length);
  }

  /** The first frame of a session. */
  ByteBuf settings(ByteBuf out) {
    String text = "v=2\nclient=gander\npadding-md5=" + scheme.md5();
    return frame(out, SETTINGS, 0, text.getBytes(StandardCharsets.UTF_8));
  }

  /** {@code data} in a frame; taken over. */
  static ByteBuf pushed(ByteBufAllocator allocator, int stream, ByteBuf data) {
    ByteBuf head = head(allocator.buffer(HEAD), PUSH, stream, data.readableBytes());
    return Unpooled.wrappedBuffer(head, data);
  }

  /** Writes whole frames as one packet, cut and filled while the scheme wants it. */
  void write(ChannelHandlerContext context, ByteBuf frames) {
    int[] sizes = packet < scheme.stop() ? scheme.sizes(packet++, random) : new int[0];
    try {
      for (int size : sizes) {
        if (size == PaddingScheme.CHECK) {
          if (!frames.isReadable()) {
            return;
          }
        } else {
          var _ = context.writeAndFlush(piece(context, frames, size));
        }
      }
      if (frames.isReadable()) {
        var _ = context.writeAndFlush(frames.retain());
      }
    } finally {
      frames.release();
    }
  }

  /** One record of TLS: of the frames as much as it holds, and behind their end what is ignored. */
  private static ByteBuf piece(ChannelHandlerContext context, ByteBuf frames, int size) {
    ByteBuf out = context.alloc().buffer(size + HEAD);
    int length = Math.min(size, frames.readableBytes());
    out.writeBytes(frames, length);
    int filling = size - length - HEAD;
    if (length == 0 || filling > 0) {
      head(out, WASTE, 0, Math.max(0, filling)).writeZero(Math.max(0, filling));
    }
    return out;
  }
}
