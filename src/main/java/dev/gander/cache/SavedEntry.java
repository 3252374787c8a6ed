package dev.gander.cache;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.Query;
import dev.gander.message.Question;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** Entries of a {@link CacheFile}: key, wall-clock times, and the answer as a DNS message. */
final class SavedEntry {

  private static final int MAX_MESSAGE = 0xffff;

  /** Key, times and message; nothing we write is longer. */
  private static final int MAX_ENTRY = MAX_MESSAGE + 1024;

  /** Longer than any TTL: 2^31 seconds. */
  private static final long MAX_LIFETIME_MILLIS = 1000L << 31;

  private SavedEntry() {}

  /** Writes entries one after another. */
  static final class Writer {

    private final DataOutputStream out;
    private final long nowNanos;
    private final long nowMillis;
    private final byte[] message = new byte[MAX_MESSAGE];
    private int count;

    Writer(DataOutputStream out, Clock clock) {
      this.out = out;
      nowNanos = clock.nanoTime();
      nowMillis = clock.epochMillis();
    }

    void write(CacheKey key, Entry entry) {
      Question question = Question.ofWire(key.wireName(), key.type(), key.qclass());
      Query query = Query.own(question, true);
      int length = entry.answer().writeTo(query, 0, MAX_MESSAGE, message);
      boolean cut = (message[2] & 0x02) != 0;
      if (cut) {
        return; // an answer that just fitted its server's message, and not ours
      }
      try {
        byte[] head = key.toBytes();
        out.writeInt(2 + head.length + 16 + length);
        out.writeShort(head.length);
        out.write(head);
        out.writeLong(wall(entry.storedNanos()));
        out.writeLong(wall(entry.endNanos()));
        out.write(message, 0, length);
        count++;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private long wall(long nanos) {
      return nowMillis + TimeUnit.NANOSECONDS.toMillis(nanos - nowNanos);
    }

    /** Writes the end; returns how many were written. */
    int finish() throws IOException {
      out.writeInt(0);
      return count;
    }
  }

  /** Reads what {@link Writer} wrote; bytes of any other make do no harm. */
  static final class Reader {

    private final DataInputStream in;
    private final long savedMillis;
    private final long nowNanos;
    private final long nowMillis;

    Reader(DataInputStream in, Clock clock, long savedMillis) {
      this.in = in;
      this.savedMillis = savedMillis;
      nowNanos = clock.nanoTime();
      nowMillis = clock.epochMillis();
    }

    CacheFile.Restored readInto(AnswerCache cache) throws IOException {
      int kept = 0;
      int left = 0;
      int length = in.readInt();
      while (length != 0 && !Thread.currentThread().isInterrupted()) {
        if (length < 0 || length > MAX_ENTRY) {
          throw new EOFException("entry of " + length + " bytes");
        }
        byte[] entry = new byte[length];
        in.readFully(entry);
        if (restore(entry, cache)) {
          kept++;
        } else {
          left++;
        }
        length = in.readInt();
      }
      return new CacheFile.Restored.Answers(kept, left);
    }

    private boolean restore(byte[] entry, AnswerCache cache) {
      try {
        DataInputStream fields = new DataInputStream(new ByteArrayInputStream(entry));
        int headLength = fields.readUnsignedShort();
        CacheKey key = CacheKey.fromBytes(fields.readNBytes(headLength));
        long storedMillis = fields.readLong();
        long lifetime = fields.readLong() - storedMillis;
        if (lifetime <= 0 || lifetime > MAX_LIFETIME_MILLIS || storedMillis > savedMillis) {
          return false;
        }
        int at = 2 + headLength + 16;
        Question question = Question.ofWire(key.wireName(), key.type(), key.qclass());
        Answer answer = Answer.parse(entry, at, entry.length - at, question);
        return !answer.truncated()
            && answer.kind() != Answer.Kind.FAILURE
            && keep(key, answer, storedMillis, lifetime, cache);
      } catch (IOException | IllegalArgumentException e) {
        return false;
      }
    }

    /** A clock that has gone back does not know how old an answer is: it is taken as ended. */
    private boolean keep(
        CacheKey key, Answer answer, long storedMillis, long lifetime, AnswerCache cache) {
      long age = nowMillis < savedMillis ? lifetime : nowMillis - storedMillis;
      if (age < 0 || age > MAX_LIFETIME_MILLIS) {
        return false;
      }
      long stored = nowNanos - TimeUnit.MILLISECONDS.toNanos(age);
      return cache.restore(key, answer, stored, stored + TimeUnit.MILLISECONDS.toNanos(lifetime));
    }
  }
}
