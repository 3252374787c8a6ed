package dev.gander.intercept;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Traffic rules as the programs read them: src/main/bpf/rules.h says what lies where. Filled part
 * by part, then given to {@link KernelRouting#install} once; of one thread.
 */
public final class RulesImage {

  /** Numbers of outbounds: what goes its way, what does not pass, the first group. */
  public static final int DIRECT = 0;

  public static final int BLOCK = 1;
  public static final int FIRST_GROUP = 2;

  /** Most names whose vectors are kept beside the rules. */
  public static final int DOMAINS_MAX = 65_536;

  /** Different vectors of domains. */
  static final int DOMAIN_VECTORS_MAX = 1024;

  static final int PAGE = 4096;
  static final int HEADER = 48;
  static final int TABLE = 24;
  static final int TABLES = 8;
  static final int DOMAIN = 8;
  static final int VERDICT = 8;
  static final int MUST_RULES = 1;
  static final int REJECT = 2;
  static final int QUERIES = 4;
  static final int BLOCKING = 8;
  static final int VERDICT_MUST = 1;
  private static final int BLOCK_WORDS = 8;
  private static final int LINE = 64;

  private final int rules;
  private final int blocksEach;
  private final int mustRules;
  private int flags;
  private int facts;
  private int[] vectors = {};
  private long[] words = {};
  private int noDomain = -1;
  private final Map<Integer, int[]> narrow = new HashMap<>();
  private final Map<Integer, int[]> narrowVectors = new HashMap<>();
  private final Map<Integer, long[]> wide = new HashMap<>();
  private final Map<Integer, int[]> wideVectors = new HashMap<>();
  private final long[] verdicts;
  private boolean hasMustRules;

  /**
   * Rules without any content yet.
   *
   * @param rules how many there are; one more verdict, the fallback's, is set
   * @param blocksEach of 512 rules, in a vector
   * @param mustRules the vector of the rules that only make what follows final
   * @param reject what is blocked is told so
   * @param decidesQueries whether a rule may decide a query
   */
  public RulesImage(
      int rules, int blocksEach, int mustRules, boolean reject, boolean decidesQueries) {
    this.rules = rules;
    this.blocksEach = blocksEach;
    this.mustRules = mustRules;
    flags = (reject ? REJECT : 0) | (decidesQueries ? QUERIES : 0);
    verdicts = new long[rules + 1];
  }

  /** The numbers of each vector's blocks, and the blocks' words; block 0 is the empty one. */
  public void setVectors(int[] blocks, long[] blockWords) {
    vectors = blocks.clone();
    words = blockWords.clone();
  }

  /** Domains are asked for; the vector where none is known. */
  public void setNoDomain(int vector) {
    noDomain = vector;
    facts |= 1 << DOMAIN;
  }

  /** Stretches of values of 32 bits. */
  public void setNarrow(int fact, int[] firsts, int[] vectorNumbers) {
    facts |= 1 << fact;
    narrow.put(fact, firsts.clone());
    narrowVectors.put(fact, vectorNumbers.clone());
  }

  /** Stretches of values of 128 bits. */
  public void setWide(int fact, long[] highs, long[] lows, int[] vectorNumbers) {
    facts |= 1 << fact;
    long[] pairs = new long[2 * highs.length];
    for (int i = 0; i < highs.length; i++) {
      pairs[2 * i] = highs[i];
      pairs[2 * i + 1] = lows[i];
    }
    wide.put(fact, pairs);
    wideVectors.put(fact, vectorNumbers.clone());
  }

  /** What a rule says. */
  public void setVerdict(int rule, int outbound, boolean must, int mark) {
    ByteBuffer verdict = ByteBuffer.allocate(VERDICT).order(ByteOrder.nativeOrder());
    verdict.putInt(mark).put((byte) outbound).put((byte) (must ? VERDICT_MUST : 0));
    verdicts[rule] = verdict.getLong(0);
    flags |= outbound == BLOCK ? BLOCKING : 0;
  }

  /** The rule only makes what follows final. */
  public void setMustRules(int rule) {
    hasMustRules = true;
    verdicts[rule] = 0;
  }

  boolean asksDomain() {
    return noDomain >= 0;
  }

  int noDomain() {
    return noDomain;
  }

  int blocksEach() {
    return blocksEach;
  }

  /** Where the vectors and blocks of domains begin, and the names' own numbers. */
  record DomainPlaces(int firstVector, int vectors, int firstBlock, int words, int names) {}

  /** Everything as it lies in the kernel, and where what is yet to come goes. */
  record Written(ByteBuffer bytes, DomainPlaces domains) {}

  Written write(int generation, int numbering) {
    Layout layout = new Layout();
    int[] at = new int[4 * TABLES];
    for (int fact = 0; fact < TABLES; fact++) {
      at[4 * fact] = layout.ints(narrow.getOrDefault(fact, new int[0]));
      at[4 * fact + 1] = layout.ints(narrowVectors.getOrDefault(fact, new int[0]));
      at[4 * fact + 2] = layout.longs(wide.getOrDefault(fact, new long[0]));
      at[4 * fact + 3] = layout.ints(wideVectors.getOrDefault(fact, new int[0]));
    }
    int verdictsAt = layout.longs(verdicts);
    int vectorsAt = layout.ints(vectors);
    int reserved = asksDomain() ? DOMAIN_VECTORS_MAX * blocksEach : 0;
    layout.skip((long) reserved * Integer.BYTES);
    int wordsAt = layout.longs(words);
    layout.skip((long) reserved * LINE);
    int names = layout.place(0);
    layout.skip(asksDomain() ? DOMAINS_MAX * Integer.BYTES : 0);
    ByteBuffer bytes = layout.write();
    flags |= hasMustRules ? MUST_RULES : 0;
    bytes.putInt(generation).putInt(rules).putInt(blocksEach).putInt(facts).putInt(flags);
    bytes.putInt(mustRules).putInt(vectorsAt).putInt(wordsAt).putInt(verdictsAt);
    bytes.putInt(Math.max(0, noDomain)).putInt(names).putInt(numbering);
    for (int fact = 0; fact < TABLES; fact++) {
      bytes.putInt(at[4 * fact]).putInt(at[4 * fact + 1]).putInt(length(narrowVectors, fact));
      bytes.putInt(at[4 * fact + 2]).putInt(at[4 * fact + 3]).putInt(length(wideVectors, fact));
    }
    if (asksDomain()) {
      for (int name = 0; name < DOMAINS_MAX; name++) {
        bytes.putInt(names + name * Integer.BYTES, noDomain);
      }
    }
    int known = blocksEach == 0 ? 0 : vectors.length / blocksEach;
    return new Written(
        bytes.rewind(),
        new DomainPlaces(known, vectorsAt, words.length / BLOCK_WORDS, wordsAt, names));
  }

  private static int length(Map<Integer, int[]> tables, int fact) {
    return tables.getOrDefault(fact, new int[0]).length;
  }

  /** Gives each part its place, each at the start of a cache line, then writes them. */
  private static final class Layout {

    private record Part(int at, Consumer<ByteBuffer> writer) {}

    private final List<Part> parts = new ArrayList<>();
    private long end = HEADER + TABLES * TABLE;

    int place(long bytes) {
      long at = (end + LINE - 1) & -LINE;
      end = at + bytes;
      return Math.toIntExact(at);
    }

    void skip(long bytes) {
      end += bytes;
    }

    int ints(int[] values) {
      int at = place(4L * values.length);
      parts.add(new Part(at, bytes -> bytes.asIntBuffer().put(values)));
      return at;
    }

    int longs(long[] values) {
      int at = place(8L * values.length);
      parts.add(new Part(at, bytes -> bytes.asLongBuffer().put(values)));
      return at;
    }

    ByteBuffer write() {
      int size = Math.toIntExact((end + PAGE - 1) & -PAGE);
      ByteBuffer bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
      for (Part part : parts) {
        bytes.position(part.at());
        part.writer().accept(bytes);
      }
      return bytes.rewind();
    }
  }
}
