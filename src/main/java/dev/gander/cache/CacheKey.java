package dev.gander.cache;

import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.message.Query;
import dev.gander.message.Request;
import java.util.Arrays;

/**
 * What an answer is kept under: question, DO, CD, RD, and who is asked. That is the policy: an
 * upstream's name, or for {@code asis} the address and port the client asked.
 *
 * <p>A {@link #probe()} is for looking up only: one thread points it at one query after another, at
 * no cost. The other factories make keys that stay as they are.
 */
public final class CacheKey {

  private static final int DNSSEC_OK = 1;
  private static final int CHECKING_DISABLED = 2;
  private static final int RECURSION_DESIRED = 4;

  /** The policy of questions that go to the server the client asked; no upstream is named so. */
  private static final String ASIS = "asis";

  private byte[] name = {};
  private int nameLength;
  private int type;
  private int qclass;
  private int flags;
  private String policy = "";
  private long serverHigh;
  private long serverLow;
  private int serverPort;
  private int hash;

  private CacheKey() {}

  /** A key to be pointed at queries; not thread-safe, never to be stored. */
  public static CacheKey probe() {
    return new CacheKey();
  }

  /** The key of an answer by {@code upstream}. */
  public static CacheKey of(Request request, String upstream) {
    return new CacheKey().pointAt(request, upstream).owned();
  }

  /** The key of an answer by the server that {@code client} asked. */
  public static CacheKey ofAsked(Request request, Client client) {
    return new CacheKey().pointAtAsked(request, client).owned();
  }

  /**
   * Points this probe at an answer by {@code upstream}. RD is taken as set: a query without it gets
   * what others have asked for.
   *
   * @return this
   */
  public CacheKey pointAt(Request request, String upstream) {
    return point(request, RECURSION_DESIRED, upstream, 0, 0, 0);
  }

  /**
   * Points this probe at an answer by the server that {@code client} asked. What that server says
   * without RD (a referral, say) is another answer than with it.
   *
   * @return this
   */
  public CacheKey pointAtAsked(Request request, Client client) {
    int recursion = request.recursionDesired() ? RECURSION_DESIRED : 0;
    return point(
        request, recursion, ASIS, client.askedHigh(), client.askedLow(), client.askedPort());
  }

  private CacheKey point(
      Request request, int recursion, String policy, long high, long low, int port) {
    name = request.name();
    nameLength = request.nameLength();
    type = request.type();
    qclass = request.qclass();
    flags =
        recursion
            | (request.dnssecOk() ? DNSSEC_OK : 0)
            | (request.checkingDisabled() ? CHECKING_DISABLED : 0);
    this.policy = policy;
    serverHigh = high;
    serverLow = low;
    serverPort = port;
    int mixed = (request.nameHash() * 31 + type) * 31 + (qclass << 3 | flags);
    mixed = mixed * 31 + policy.hashCode();
    hash = (mixed * 31 + Long.hashCode(high ^ low)) * 31 + port;
    return this;
  }

  private CacheKey owned() {
    name = Arrays.copyOf(name, nameLength);
    return this;
  }

  /** This probe as it points now, as a key that stays; shares the name with {@code query}. */
  public CacheKey ownedBy(Query query) {
    CacheKey key = new CacheKey();
    key.name = query.name();
    key.nameLength = nameLength;
    key.type = type;
    key.qclass = qclass;
    key.flags = flags;
    key.policy = policy;
    key.serverHigh = serverHigh;
    key.serverLow = serverLow;
    key.serverPort = serverPort;
    key.hash = hash;
    return key;
  }

  /** The name as text, lower case. */
  String name() {
    return Name.toText(name, 0);
  }

  /** Bytes of heap this key takes, for bounds. */
  int heapBytes() {
    return 96 + nameLength;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CacheKey that
        && hash == that.hash
        && type == that.type
        && qclass == that.qclass
        && flags == that.flags
        && serverHigh == that.serverHigh
        && serverLow == that.serverLow
        && serverPort == that.serverPort
        && policy.equals(that.policy)
        && Arrays.equals(name, 0, nameLength, that.name, 0, that.nameLength);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
