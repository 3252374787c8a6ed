package dev.gander.proxy;

import dev.gander.node.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import org.bouncycastle.crypto.digests.Blake2bDigest;

/**
 * Hysteria's Salamander: each packet of QUIC behind eight random bytes, mixed with a hash of the
 * key and them. It hides what QUIC looks like, and protects nothing. Event loop.
 */
final class Salamander extends ChannelDuplexHandler {

  private static final int SALT = 8;
  private static final int HASH = 32;

  private final byte[] keyAndSalt;
  private final byte[] hash = new byte[HASH];
  private final Blake2bDigest digest = new Blake2bDigest(HASH * 8);

  /** A salt must only differ: it is sent in the clear. */
  private final SplittableRandom salts;

  Salamander(Secret key, SecureRandom random) {
    byte[] bytes = key.bytes();
    keyAndSalt = java.util.Arrays.copyOf(bytes, bytes.length + SALT);
    salts = new SplittableRandom(random.nextLong());
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (!(message instanceof DatagramPacket packet)) {
      var _ = context.write(message, promise);
      return;
    }
    ByteBuf plain = packet.content();
    ByteBuf out = context.alloc().directBuffer(SALT + plain.readableBytes());
    out.writeLong(salts.nextLong());
    mix(out, 0, plain, out);
    DatagramPacket mixed = new DatagramPacket(out, packet.recipient());
    packet.release();
    var _ = context.write(mixed, promise);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof DatagramPacket packet)) {
      context.fireChannelRead(message);
      return;
    }
    ByteBuf in = packet.content();
    if (in.readableBytes() <= SALT) {
      packet.release();
      return;
    }
    ByteBuf out = context.alloc().directBuffer(in.readableBytes() - SALT);
    int salt = in.readerIndex();
    in.skipBytes(SALT);
    mix(in, salt, in, out);
    DatagramPacket plain = new DatagramPacket(out, packet.recipient(), packet.sender());
    packet.release();
    context.fireChannelRead(plain);
  }

  /** Appends the rest of {@code from} to {@code to}, mixed by the salt in {@code salted}. */
  private void mix(ByteBuf salted, int salt, ByteBuf from, ByteBuf to) {
    salted.getBytes(salt, keyAndSalt, keyAndSalt.length - SALT, SALT);
    digest.update(keyAndSalt, 0, keyAndSalt.length);
    int _ = digest.doFinal(hash, 0);
    long h0 = word(0);
    long h1 = word(8);
    long h2 = word(16);
    long h3 = word(24);
    while (from.readableBytes() >= HASH) {
      to.writeLong(from.readLong() ^ h0).writeLong(from.readLong() ^ h1);
      to.writeLong(from.readLong() ^ h2).writeLong(from.readLong() ^ h3);
    }
    for (int i = 0; from.isReadable(); i++) {
      to.writeByte(from.readByte() ^ hash[i]);
    }
  }

  private long word(int at) {
    return java.nio.ByteBuffer.wrap(hash, at, Long.BYTES).getLong();
  }
}
