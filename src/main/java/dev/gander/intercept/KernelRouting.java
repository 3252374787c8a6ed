package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import dev.gander.kernel.BpfObject;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The traffic rules that the programs run on packets from the LAN and from programs of this
 * machine, and which name each client knows an address by. docs/ROUTING.md has the picture. Any
 * thread.
 */
public final class KernelRouting implements AutoCloseable {

  /** The programs take it for a flow that began outside. */
  private static final int NO_GENERATION = -1;

  /** What is known of an address holds for so long after its answer's end: KNOWN_LINGER_NS. */
  public static final long LINGER_NANOS = 120_000_000_000L;

  /** What is known is not told again before its end has moved by this: KNOWN_RENEW_NS. */
  public static final long RENEW_NANOS = 10_000_000_000L;

  /** High half of a client that is known by its MAC address: no address begins so. */
  public static final long BY_MAC = 0xffL << 56;

  private static final int BLOCK_WORDS = 8;

  static final int FLOW_KEY = 64;
  static final int FLOW = 16;
  static final int KNOWN_KEY = 32;
  static final int KNOWN = 16;

  private final BpfMap rules;
  private final BpfMap flows;
  private final BpfMap knownDomains;
  private final BpfMap.View terms;
  private final int numbering = new SecureRandom().nextInt() | 1;
  private int generation;
  private long bytes;
  private @Nullable Live live;
  private @Nullable Known known;

  /** The table of who knows what, and how it is written without garbage. */
  private record Known(BpfMap map, BpfMap.Writer writer, ByteBuffer key, ByteBuffer value) {

    static Known of(BpfMap map) {
      BpfMap.Writer writer = map.writer();
      return new Known(map, writer, writer.key(), writer.value());
    }

    void tell(long clientHigh, long clientLow, long high, long low, int domain, long end) {
      key.putLong(0, clientHigh).putLong(8, clientLow).putLong(16, high).putLong(24, low);
      value.putLong(0, end).putInt(8, domain);
      writer.update();
    }
  }

  /** The image in force, and what of it changes as names are learnt. */
  private static final class Live {

    private final RulesImage image;
    private final RulesImage.DomainPlaces places;
    private final BpfMap.View memory;
    private final Map<LongBuffer, Integer> vectors = new HashMap<>();

    Live(RulesImage image, RulesImage.DomainPlaces places, BpfMap.View memory) {
      this.image = image;
      this.places = places;
      this.memory = memory;
    }

    boolean setDomain(int domain, long[] holding) {
      Integer vector = vectors.get(LongBuffer.wrap(holding));
      if (vector == null && vectors.size() < RulesImage.DOMAIN_VECTORS_MAX) {
        vector = write(holding);
        vectors.put(LongBuffer.wrap(holding.clone()), vector);
      }
      int shown = vector == null ? image.noDomain() : vector;
      memory.publishInt(0, places.names() + domain * Integer.BYTES, shown);
      return vector != null;
    }

    /** Blocks first, so that the programs never read a vector whose blocks are not there. */
    private int write(long[] holding) {
      int each = image.blocksEach();
      int number = vectors.size();
      int vector = places.firstVector() + number;
      for (int block = 0; block < each; block++) {
        int place = places.firstBlock() + number * each + block;
        boolean empty = true;
        for (int word = 0; word < BLOCK_WORDS; word++) {
          long value = holding[block * BLOCK_WORDS + word];
          empty &= value == 0;
          memory.setLong(0, places.words() + (place * BLOCK_WORDS + word) * Long.BYTES, value);
        }
        int shown = empty ? 0 : place;
        memory.publishInt(0, places.vectors() + (vector * each + block) * Integer.BYTES, shown);
      }
      return vector;
    }
  }

  KernelRouting(BpfObject object) {
    rules = object.map("rules");
    flows = object.map("flows");
    knownDomains = object.map("known_domains");
    terms = object.map(".data.terms").writableView();
  }

  /**
   * Puts rules in force, in place of those before, in one step. Flows are judged anew by them.
   *
   * @param flowsMax most flows whose verdict is remembered; counts when there were no rules before
   * @param domains how many names have a number
   * @param rulesOf by number, bits of the rules whose terms on the name hold
   * @throws dev.gander.kernel.KernelException if there is no memory; nothing has changed then
   */
  public synchronized void install(
      RulesImage image, int flowsMax, int domains, IntFunction<long[]> rulesOf) {
    int number = generation + 1 == NO_GENERATION ? 1 : generation + 1;
    RulesImage.Written written = image.write(number, numbering);
    int pages = written.bytes().remaining() / RulesImage.PAGE;
    try (BpfMap made = BpfMap.innerArray("rules", RulesImage.PAGE, pages)) {
      BpfMap.View memory = made.writableView();
      memory.write(written.bytes());
      Live next = new Live(image, written.domains(), memory);
      for (int domain = 0; domain < domains; domain++) {
        boolean _ = next.setDomain(domain, rulesOf.apply(domain));
      }
      if (live == null) {
        table(flows, "flows", FLOW_KEY, FLOW, flowsMax).close();
      }
      if (image.asksDomain() && known == null) {
        known =
            Known.of(
                table(knownDomains, "known_domains", KNOWN_KEY, KNOWN, RulesImage.DOMAINS_MAX));
      }
      rules.update(Shared.u32(0), Shared.u32(made.fd()));
      terms.publishInt(0, Shared.TERMS_RULES, number);
      end();
      live = next;
      generation = number;
      bytes = made.kernelBytes();
    }
  }

  private static BpfMap table(BpfMap outer, String name, int key, int value, int entries) {
    BpfMap made = BpfMap.innerLruHash(name, key, value, entries);
    outer.update(Shared.u32(0), Shared.u32(made.fd()));
    return made;
  }

  /** No packet is judged from now on. */
  public synchronized void remove() {
    terms.publishInt(0, Shared.TERMS_RULES, 0);
    rules.delete(Shared.u32(0));
    flows.delete(Shared.u32(0));
    knownDomains.delete(Shared.u32(0));
    forget();
    end();
    live = null;
    bytes = 0;
  }

  private void end() {
    if (live != null) {
      live.memory.close();
    }
  }

  /**
   * Whose numbers of names these are, never 0: {@link KernelAnswer.Lesson} tells those of an
   * earlier process, which had others, from ours.
   */
  public int numbering() {
    return numbering;
  }

  /** Bytes of kernel memory the rules take, without flows. */
  public synchronized long bytes() {
    return bytes;
  }

  /**
   * Says which rules hold for a name.
   *
   * @param domain its number, below {@link RulesImage#DOMAINS_MAX}
   * @param holding bits of the rules whose terms on it hold
   * @return false if there are more different vectors than there is room for; the name then counts
   *     as unknown
   */
  public synchronized boolean setDomain(int domain, long[] holding) {
    Live now = live;
    if (now == null || !now.image.asksDomain()) {
      return true;
    }
    return now.setDomain(domain, holding);
  }

  /**
   * A client has learnt that an address belongs to a name; forgets what it knew of it before.
   *
   * @param clientHigh {@link #BY_MAC}; or with {@code clientLow} its own address, if no MAC address
   *     is known
   * @param clientLow its MAC address; 0 for the programs of this machine
   * @param domain number of the name
   * @param end CLOCK_MONOTONIC ns
   */
  public synchronized void learn(
      long clientHigh, long clientLow, long high, long low, int domain, long end) {
    if (known != null) {
      known.tell(clientHigh, clientLow, high, low, domain, end);
    }
  }

  private void forget() {
    if (known != null) {
      known.map().close();
      known = null;
    }
  }

  @Override
  public synchronized void close() {
    forget();
    end();
    live = null;
    terms.close();
  }
}
