package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/**
 * simple-obfs as TLS 1.2: the first bytes are the session ticket of a ClientHello, later ones
 * records of application data; the server's first bytes come as the rest of its handshake. Event
 * loop.
 */
final class ObfsTls extends Disguised {

  private static final int RECORD_HEADER = 5;
  private static final int HANDSHAKE = 0x16;
  private static final int CHANGE_CIPHER_SPEC = 0x14;
  private static final int APPLICATION_DATA = 0x17;
  private static final int LONGEST_RECORD = 1 << 14;

  /** What the ticket of a ClientHello holds at most; the rest follows in records. */
  private static final int LONGEST_TICKET = 1 << 13;

  private static final HexFormat HEX = HexFormat.of();

  /** Cipher suites and compression. */
  private static final byte[] SUITES =
      HEX.parseHex(
          "0038c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c013"
              + "0033009d009c003d003c0035002f00ff0100");

  /** Point formats, groups, signature algorithms, encrypt-then-MAC, extended master secret. */
  private static final byte[] EXTENSIONS =
      HEX.parseHex(
          "000b000403010002000a000a0008001d001700190018000d0020001e060106020603050105020503040104"
              + "0204030301030203030201020202030016000000170000");

  private final byte[] host;
  private final SecureRandom random;
  private boolean asked;
  private boolean shaken;

  ObfsTls(String host, SecureRandom random) {
    this.host = host.getBytes(StandardCharsets.US_ASCII);
    this.random = random;
  }

  @Override
  void disguise(ChannelHandlerContext context, ByteBuf plain, ChannelPromise promise) {
    ByteBuf out = context.alloc().buffer(plain.readableBytes() + 1_024);
    try {
      if (!asked) {
        asked = true;
        clientHello(plain.readSlice(Math.min(LONGEST_TICKET, plain.readableBytes())), out);
      }
      while (plain.isReadable()) {
        int length = Math.min(LONGEST_RECORD, plain.readableBytes());
        out.writeByte(APPLICATION_DATA).writeShort(0x0303).writeShort(length);
        out.writeBytes(plain, length);
      }
    } finally {
      plain.release();
    }
    var _ = context.write(out, promise);
  }

  private void clientHello(ByteBuf ticket, ByteBuf out) {
    int extensions = 4 + ticket.readableBytes() + 9 + host.length + EXTENSIONS.length;
    int body = 2 + 32 + 1 + 32 + SUITES.length + 2 + extensions;
    byte[] randoms = new byte[64];
    random.nextBytes(randoms);
    out.writeByte(HANDSHAKE).writeShort(0x0301).writeShort(4 + body);
    out.writeByte(1).writeMedium(body).writeShort(0x0303);
    out.writeBytes(randoms, 0, 32).writeByte(32).writeBytes(randoms, 32, 32);
    out.writeBytes(SUITES).writeShort(extensions);
    out.writeShort(0x23).writeShort(ticket.readableBytes()).writeBytes(ticket);
    out.writeShort(0).writeShort(host.length + 5).writeShort(host.length + 3);
    out.writeByte(0).writeShort(host.length).writeBytes(host);
    out.writeBytes(EXTENSIONS);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    int start = in.readerIndex();
    if (in.readableBytes() < RECORD_HEADER) {
      return;
    }
    int type = in.getUnsignedByte(start);
    int length = in.getUnsignedShort(start + 3);
    if (in.getUnsignedByte(start + 1) != 3 || length > LONGEST_RECORD + 2_048) {
      throw broken(context, "it sends what does not look like TLS");
    }
    if (in.readableBytes() < RECORD_HEADER + length) {
      return;
    }
    in.skipBytes(RECORD_HEADER);
    // ServerHello and ChangeCipherSpec carry nothing; the record behind them is the first to do so.
    boolean carries = type == APPLICATION_DATA || (type == HANDSHAKE && shaken);
    if (!carries && type != HANDSHAKE && type != CHANGE_CIPHER_SPEC) {
      throw broken(context, "it sends what does not look like TLS");
    }
    shaken |= type == CHANGE_CIPHER_SPEC;
    if (carries && length > 0) {
      out.add(in.readRetainedSlice(length));
    } else {
      in.skipBytes(length);
    }
  }
}
