package dev.gander.front;

import dev.gander.clock.Clock;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Has clients prove their address before anything is kept for them (Retry, RFC 9000 section 8.1.2),
 * while many handshakes are open whose clients have proven nothing. A token is the time, a MAC over
 * time, address and port, and the connection's first ID; its key lives as long as this. On one
 * event loop.
 */
final class RetryTokens implements QuicTokenHandler {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int TIME = 8;
  private static final int SIGNATURE = 32;
  private static final int LONGEST_ID = 20;

  /** A client answers a Retry at once. */
  private static final Duration VALID = Duration.ofSeconds(10);

  private final BooleanSupplier crowded;
  private final Counters counters;
  private final Clock clock;
  private final Mac mac;

  /**
   * @param crowded whether clients must prove their address now
   */
  RetryTokens(BooleanSupplier crowded, Counters counters, Clock clock) {
    this.crowded = crowded;
    this.counters = counters;
    this.clock = clock;
    byte[] key = new byte[SIGNATURE];
    new SecureRandom().nextBytes(key);
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has " + ALGORITHM, e);
    }
  }

  @Override
  public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress address) {
    if (!crowded.getAsBoolean()) {
      return false;
    }
    counters.add(Counter.DOOR_RETRIES);
    long now = clock.nanoTime();
    byte[] id = new byte[connectionId.readableBytes()];
    connectionId.getBytes(connectionId.readerIndex(), id);
    out.writeLong(now).writeBytes(sign(now, address, id)).writeBytes(id);
    return true;
  }

  @Override
  public int validateToken(ByteBuf token, InetSocketAddress address) {
    int idLength = token.readableBytes() - TIME - SIGNATURE;
    if (idLength < 0 || idLength > LONGEST_ID) {
      return -1;
    }
    long time = token.readLong();
    byte[] signature = new byte[SIGNATURE];
    token.readBytes(signature);
    byte[] id = new byte[idLength];
    token.readBytes(id);
    long age = clock.nanoTime() - time;
    boolean ours = MessageDigest.isEqual(signature, sign(time, address, id));
    return ours && age >= 0 && age <= VALID.toNanos() ? TIME + SIGNATURE : -1;
  }

  private byte[] sign(long time, InetSocketAddress address, byte[] id) {
    mac.update(ByteBuffer.allocate(TIME + 4).putLong(time).putInt(address.getPort()).flip());
    mac.update(address.getAddress().getAddress());
    return mac.doFinal(id);
  }

  @Override
  public int maxTokenLength() {
    return TIME + SIGNATURE + LONGEST_ID;
  }
}
