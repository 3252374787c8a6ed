package dev.gander.intercept;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Lays an answer out as {@code struct answer} of shared.h with its room. Any thread. */
final class AnswerImage {

  /** Bytes of OPT without options. */
  private static final int OPT = 11;

  private static final int OPT_TYPE = 41;
  private static final int UDP_SIZE = 1232;
  private static final int BLOCK = 32;

  private final NameHash hash;

  AnswerImage(NameHash hash) {
    this.hash = hash;
  }

  /** The key in the index: {@code key_of_answer} of store.h. */
  long key(KernelAnswer.Key key) {
    long kind = key.type() | ((long) how(key) << 16) | ((long) key.name().length << 32);
    long word = hash.mix(hash.whole(key.name()), kind);
    if (key.client() != 0) {
      word = hash.mix(word, key.client());
    }
    if ((key.askedHigh() | key.askedLow()) != 0) {
      word = hash.mix(word, Long.reverseBytes(key.askedHigh()));
      word = hash.mix(word, Long.reverseBytes(key.askedLow()));
    }
    return word | (1L << Shared.TAG_SHIFT);
  }

  private static int how(KernelAnswer.Key key) {
    return (key.dnssecOk() ? Shared.HOW_DNSSEC_OK : 0)
        | (key.checkingDisabled() ? Shared.HOW_CHECKING_DISABLED : 0);
  }

  /** Bytes of room it needs. */
  static int room(KernelAnswer answer) {
    KernelAnswer.Content content = answer.content();
    int names = padded(answer.key().name().length, 8);
    int records = content.records().length + OPT + content.options().length;
    int stale = OPT + content.staleOptions().length;
    return padded(padded(records, 8) + names + 2 * content.ttlOffsets().length + stale, BLOCK);
  }

  /** Whether the kernel can give it at all; see {@link KernelAnswer}. */
  static boolean fits(KernelAnswer answer) {
    KernelAnswer.Content content = answer.content();
    int message = 12 + answer.key().name().length + 4 + content.records().length;
    return content.ttlOffsets().length <= Shared.ANSWER_TTLS_MAX
        && message <= UDP_SIZE
        && content.staleOptions().length <= Shared.STALE_OPT_MAX - OPT - 1
        && content.options().length <= 255
        && (content.flags() & ~0x042f) == 0;
  }

  /**
   * Writes head and room into {@code out}, whose rest becomes zero.
   *
   * @return false if it does not fit: {@code out} has the room of its size
   */
  boolean write(KernelAnswer answer, ByteBuffer out) {
    int room = room(answer);
    int capacity = out.capacity() - Shared.ANSWER_HEAD - Shared.ANSWER_SLACK;
    if (room > capacity) {
      return false;
    }
    zero(out);
    KernelAnswer.Content content = answer.content();
    KernelAnswer.Key key = answer.key();
    int at = Shared.ANSWER_HEAD;
    put(out, at, content.records());
    int opt = writeOpt(out, at + content.records().length, content.options(), key.dnssecOk());
    int name = padded(content.records().length + opt, 8);
    put(out, at + name, key.name());
    int stale = name + padded(key.name().length, 8);
    boolean shortOpt = OPT + content.staleOptions().length <= Shared.STALE_OPT_SHORT;
    if (stale > capacity - (shortOpt ? Shared.STALE_OPT_SHORT : Shared.STALE_OPT_MAX)) {
      return false;
    }
    int staleOpt = writeOpt(out, at + stale, content.staleOptions(), key.dnssecOk());
    int ttls = stale + staleOpt;
    for (int i = 0; i < content.ttlOffsets().length; i++) {
      out.putShort(at + ttls + 2 * i, (short) content.ttlOffsets()[i]);
    }
    writeLife(out, answer);
    out.putShort(Shared.ANSWER_TTLS_AT, (short) ttls);
    out.putShort(Shared.ANSWER_NAME_AT, (short) name);
    out.putShort(Shared.ANSWER_RECORDS_LENGTH, (short) content.records().length);
    out.putShort(Shared.ANSWER_OPT_LENGTH, (short) opt);
    out.putShort(Shared.ANSWER_STALE_OPT_AT, (short) stale);
    out.putShort(Shared.ANSWER_STALE_OPT_LENGTH, (short) staleOpt);
    out.putShort(Shared.ANSWER_USED, (short) room);
    out.putShort(Shared.ANSWER_RECORDS_SUM, sum(out, at, content.records().length));
    out.putShort(Shared.ANSWER_OPT_SUM, sum(out, at + content.records().length, opt));
    out.putShort(Shared.ANSWER_STALE_OPT_SUM, sum(out, at + stale, staleOpt));
    return true;
  }

  private static void writeLife(ByteBuffer out, KernelAnswer answer) {
    KernelAnswer.Key key = answer.key();
    KernelAnswer.Content content = answer.content();
    KernelAnswer.Life life = answer.life();
    out.putLong(Shared.ANSWER_STORED, life.storedNanos());
    out.putLong(Shared.ANSWER_END, life.endNanos());
    out.putLong(Shared.ANSWER_STALE_END, life.staleEndNanos());
    out.putLong(Shared.ANSWER_CLIENT, key.client());
    putBigEndian(out, Shared.ANSWER_ASKED, key.askedHigh());
    putBigEndian(out, Shared.ANSWER_ASKED + 8, key.askedLow());
    out.putInt(Shared.ANSWER_GENERATION, life.generation());
    out.putShort(Shared.ANSWER_TYPE, (short) key.type());
    out.put(Shared.ANSWER_HOW, (byte) how(key));
    int kind =
        (life.constant() ? Shared.KIND_CONSTANT : 0)
            | (content.negative() ? Shared.KIND_NEGATIVE : 0);
    out.put(Shared.ANSWER_KIND, (byte) kind);
    out.putShort(Shared.ANSWER_FLAGS, (short) content.flags());
    out.putShort(Shared.ANSWER_ANSWERS, (short) content.answers());
    out.putShort(Shared.ANSWER_AUTHORITIES, (short) content.authorities());
    out.putShort(Shared.ANSWER_ADDITIONAL, (short) content.additional());
    out.putShort(Shared.ANSWER_DOMAIN, (short) answer.lesson().domain());
    out.putInt(Shared.ANSWER_NUMBERING, answer.lesson().numbering());
    out.putInt(Shared.ANSWER_LESSON_END, answer.lesson().endSeconds());
    out.put(Shared.ANSWER_NAME_LENGTH, (byte) key.name().length);
    out.put(Shared.ANSWER_TTL_COUNT, (byte) content.ttlOffsets().length);
  }

  private static int writeOpt(ByteBuffer out, int at, byte[] options, boolean dnssecOk) {
    out.put(at + 2, (byte) OPT_TYPE);
    out.put(at + 3, (byte) (UDP_SIZE >> 8));
    out.put(at + 4, (byte) UDP_SIZE);
    out.put(at + 7, (byte) (dnssecOk ? 0x80 : 0));
    out.put(at + 9, (byte) (options.length >> 8));
    out.put(at + 10, (byte) options.length);
    put(out, at + OPT, options);
    return OPT + options.length;
  }

  /** The Internet checksum's sum, as the machine reads two bytes. */
  private static short sum(ByteBuffer image, int from, int length) {
    boolean little = image.order() == ByteOrder.LITTLE_ENDIAN;
    int sum = 0;
    for (int i = 0; i < length; i++) {
      int b = image.get(from + i) & 0xff;
      sum += (i % 2 == 0) == little ? b : b << 8;
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) sum;
  }

  private static void zero(ByteBuffer out) {
    for (int i = 0; i < out.capacity(); i += Long.BYTES) {
      out.putLong(i, 0);
    }
  }

  private static void put(ByteBuffer out, int at, byte[] bytes) {
    out.put(at, bytes);
  }

  private static void putBigEndian(ByteBuffer out, int at, long value) {
    boolean little = out.order() == ByteOrder.LITTLE_ENDIAN;
    out.putLong(at, little ? Long.reverseBytes(value) : value);
  }

  private static int padded(int bytes, int to) {
    return (bytes + to - 1) / to * to;
  }
}
