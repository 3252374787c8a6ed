package dev.gander.front;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Looks at a PROXY header of version 2 before it is decoded: where it has a checksum
 * (PP2_TYPE_CRC32C), that must be right, or the connection is to be ended. Netty decodes the
 * header, but does not check it, and does not hand its bytes on. The event loop's.
 */
final class ProxyChecksum extends ChannelInboundHandlerAdapter {

  private static final byte[] SIGNATURE = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
  };

  private static final int FAMILY_AT = 13;
  private static final int LENGTH_AT = 14;
  private static final int START = 16;

  private static final int CRC32C_TYPE = 3;
  private static final int CRC32C_LENGTH = 4;

  private byte[] got = {};

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ByteBuf piece)) {
      context.fireChannelRead(message);
      return;
    }
    int before = got.length;
    got = Arrays.copyOf(got, before + piece.readableBytes());
    piece.getBytes(piece.readerIndex(), got, before, piece.readableBytes());
    if (mayGrow()) {
      context.fireChannelRead(message);
      return;
    }
    context.pipeline().remove(this);
    if (holds()) {
      context.fireChannelRead(message);
    } else {
      piece.release();
      context.fireExceptionCaught(
          new HAProxyProtocolException(
              "the checksum of the header is wrong: "
                  + ByteBufUtil.hexDump(got, 0, headerLength())));
    }
  }

  /** Whether this may be a header of version 2 whose end has not come yet. */
  private boolean mayGrow() {
    int known = Math.min(got.length, SIGNATURE.length);
    return Arrays.equals(got, 0, known, SIGNATURE, 0, known)
        && (got.length < START || got.length < headerLength());
  }

  private int headerLength() {
    return START + u16(LENGTH_AT);
  }

  private int u16(int at) {
    return (got[at] & 0xff) << 8 | (got[at + 1] & 0xff);
  }

  /** True, too, without a checksum, and for what is no header of version 2. */
  private boolean holds() {
    if (!Arrays.equals(
        got, 0, Math.min(got.length, SIGNATURE.length), SIGNATURE, 0, SIGNATURE.length)) {
      return true;
    }
    int end = headerLength();
    int at = START + addressLength();
    while (at + 3 <= end) {
      int length = u16(at + 1);
      int value = at + 3;
      if (got[at] == CRC32C_TYPE) {
        return length == CRC32C_LENGTH && value + length <= end && holds(value, end);
      }
      at = value + length;
    }
    return true;
  }

  private int addressLength() {
    return switch ((got[FAMILY_AT] & 0xff) >> 4) {
      case 1 -> 12;
      case 2 -> 36;
      case 3 -> 216;
      default -> 0;
    };
  }

  /** Computed over the whole header, with zeros in the place of the checksum. */
  private boolean holds(int value, int end) {
    long told = (long) u16(value) << 16 | u16(value + 2);
    CRC32C computed = new CRC32C();
    computed.update(got, 0, value);
    computed.update(new byte[CRC32C_LENGTH], 0, CRC32C_LENGTH);
    computed.update(got, value + CRC32C_LENGTH, end - value - CRC32C_LENGTH);
    return computed.getValue() == told;
  }
}
