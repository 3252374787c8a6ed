package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.security.SecureRandom;

/** Puts what is written into VMess's chunks: masked length, sealed payload, padding. Event loop. */
final class VmessSealer extends ChannelOutboundHandlerAdapter {

  /** The longest chunk, by the protocol's document. */
  private static final int CHUNK = 1 << 14;

  private static final int LONGEST_PADDING = 63;

  private static final int NONCES = 1 << 16;

  /** The longest payload of one chunk. */
  static final int PAYLOAD = CHUNK - BodyCipher.TAG - LONGEST_PADDING;

  private final Aead cipher;
  private final Shake128 mask;
  private final Noise noise;
  private final boolean mayRepeat;

  /**
   * @param mayRepeat whether nonces may come again after 65,536 chunks, as they do with others;
   *     harmless only where TLS is around it all
   */
  VmessSealer(VmessSession session, SecureRandom random, boolean mayRepeat) {
    cipher = session.sealing();
    mask = new Shake128(session.nonce());
    noise = new Noise(random);
    this.mayRepeat = mayRepeat;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    ByteBuf plain = (ByteBuf) message;
    int chunks = Math.max(1, (plain.readableBytes() + PAYLOAD - 1) / PAYLOAD);
    ByteBuf out = ArrayBuffers.take(plain.readableBytes() + chunks * (2 + CHUNK - PAYLOAD));
    try {
      while (plain.isReadable()) {
        chunk(plain, Math.min(PAYLOAD, plain.readableBytes()), out);
      }
    } catch (IOException e) {
      out.release();
      promise.tryFailure(e);
      context.fireExceptionCaught(e);
      return;
    } finally {
      plain.release();
    }
    var _ = context.write(out, promise);
  }

  private void chunk(ByteBuf plain, int length, ByteBuf out) throws IOException {
    if (cipher.count() >= NONCES && !mayRepeat) {
      throw new IOException(
          "VMess numbers 65,536 chunks of a connection: nothing more can be sent safely on it"
              + " without TLS");
    }
    int pad = mask.nextShort() % (LONGEST_PADDING + 1);
    out.writeShort((length + BodyCipher.TAG + pad) ^ mask.nextShort());
    cipher.seal(plain, length, out);
    noise.write(out, pad);
  }
}
