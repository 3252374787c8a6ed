package dev.gander.proxy;

import dev.gander.clock.Clock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What both kinds of datagrams of Shadowsocks 2022 share: this side's session and its count, the
 * head of what is sealed, and which datagrams of which of the server's sessions have come (SIP022
 * section 3.2). One thread at a time.
 */
final class ServerSessions {

  private static final int REQUEST = 0;
  private static final int ANSWER = 1;

  /** Of an answer: type, time, this side's session, length of the padding. */
  static final int ANSWER_HEAD = 1 + 8 + 8 + 2;

  /** How long a server's session before the current one may still answer. */
  private static final long FORMER_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Clock clock;
  private final LongFunction<byte[]> keys;
  private final long own;
  private long next;
  private @Nullable Session current;
  private @Nullable Session former;
  private long formerUntil;

  /**
   * @param keys what datagrams of a session are sealed with
   */
  ServerSessions(Clock clock, SecureRandom random, LongFunction<byte[]> keys) {
    this.clock = clock;
    this.keys = keys;
    own = random.nextLong();
  }

  /** This side's session. */
  long own() {
    return own;
  }

  /** Of the next datagram. */
  long nextNumber() {
    return next++;
  }

  /** Type, time, and no padding. */
  ByteBuf requestHead() {
    return Unpooled.buffer(1 + 8 + 2)
        .writeByte(REQUEST)
        .writeLong(Shadowsocks2022.seconds(clock))
        .writeShort(0);
  }

  /** The server's session with this number, maybe one that nobody has seen yet. */
  Session session(long id) {
    Session known = current;
    if (known != null && known.id == id) {
      return known;
    }
    Session older = former;
    if (older != null && older.id == id && clock.nanoTime() - formerUntil < 0) {
      return older;
    }
    return new Session(id, keys.apply(id));
  }

  /**
   * Takes the head of an answer off what has been opened.
   *
   * @param number of the datagram in its session
   * @return false if it has come before, or is none
   * @throws IOException if it is not for this side, or not of now
   */
  boolean take(Session server, long number, ByteBuf plain) throws IOException {
    if (plain.readByte() != ANSWER) {
      throw new IOException("it sends what is no answer");
    }
    Shadowsocks2022.checkTime(plain.readLong(), clock);
    if (plain.readLong() != own) {
      throw new IOException("it answers another session");
    }
    int padding = plain.readUnsignedShort();
    if (padding > plain.readableBytes()) {
      return false;
    }
    plain.skipBytes(padding);
    // Only now, as what is forged must not close the window to what is not.
    if (!server.window.take(number)) {
      return false;
    }
    adopt(server);
    return true;
  }

  /** A server that was started again has a new session. */
  private void adopt(Session server) {
    if (server != current && server != former) {
      former = current;
      formerUntil = clock.nanoTime() + FORMER_NANOS;
      current = server;
    }
  }

  /** One of the server's, and which of its datagrams have come. */
  static final class Session {

    private final long id;
    private final byte[] key;
    private final ReplayWindow window = new ReplayWindow();

    Session(long id, byte[] key) {
      this.id = id;
      this.key = key;
    }

    byte[] key() {
      return key;
    }
  }
}
