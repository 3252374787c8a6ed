package dev.gander.cache;

import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.message.Query;
import dev.gander.message.Request;
import dev.gander.message.Subnet;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * What an answer is kept under: question, DO, CD, RD, who is asked, by which exit, and for which
 * client subnet. Who is asked is the policy: an upstream's name, or for {@code asis} the address
 * and port the client asked. The exit is empty where all clients' questions take the same.
 *
 * <p>A {@link #probe()} is for looking up only: one thread points it at one query after another, at
 * no cost. The other factories make keys that stay as they are.
 */
public final class CacheKey {

  static final int DNSSEC_OK = 1;
  static final int CHECKING_DISABLED = 2;
  static final int RECURSION_DESIRED = 4;
  static final int TRUSTED = 8;

  /** The policy of questions that go to the server the client asked; no upstream is named so. */
  private static final String ASIS = "asis";

  /** In files, between policy and exit; no name has it. */
  private static final String EXIT = "\0";

  /** In the place of a type: nobody can ask for it, so it stands for all of them. */
  private static final int EVERY_TYPE = 0;

  private byte[] name = {};
  private int nameFrom;
  private int nameLength;
  private int type;
  private int qclass;
  private int flags;
  private String policy = "";
  private String exit = "";
  private long serverHigh;
  private long serverLow;
  private int serverPort;
  private long subnetHigh;
  private long subnetLow;
  private int subnetLength;
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
    nameFrom = 0;
    nameLength = request.nameLength();
    type = request.type();
    qclass = request.qclass();
    flags =
        recursion
            | (request.dnssecOk() ? DNSSEC_OK : 0)
            | (request.checkingDisabled() ? CHECKING_DISABLED : 0);
    this.policy = policy;
    exit = "";
    serverHigh = high;
    serverLow = low;
    serverPort = port;
    subnetHigh = 0;
    subnetLow = 0;
    subnetLength = 0;
    return hashed(request.nameHash());
  }

  /**
   * Narrows this probe to answers for clients of one prefix (EDNS Client Subnet, RFC 7871); without
   * this call the answer is for everybody. The other fields stay.
   *
   * @param high upper half of the prefix, IPv4-mapped, bits beyond its length zero
   * @param length bits of the mapped form, 1 to 128
   * @return this
   */
  public CacheKey inSubnet(long high, long low, int length) {
    subnetHigh = high;
    subnetLow = low;
    subnetLength = length;
    return hashed(nameHash());
  }

  /**
   * Points this probe at answers that came by this exit.
   *
   * @param name empty: all clients' questions take the same
   * @return this
   */
  public CacheKey by(String name) {
    if (!name.equals(exit)) {
      exit = name;
      hashed(nameHash());
    }
    return this;
  }

  /** Whether there are answers by other exits, for other clients. */
  public boolean hasExit() {
    return !exit.isEmpty();
  }

  /** Widens this probe again to answers for everybody. */
  CacheKey forEverybody() {
    return hasSubnet() ? inSubnet(0, 0, 0) : this;
  }

  /**
   * Points this probe at what an upstream that may name private addresses says, which others must
   * not hear.
   *
   * @return this
   */
  public CacheKey trusted() {
    flags |= TRUSTED;
    return hashed(nameHash());
  }

  /** Whether {@link #trusted()} was called. */
  public boolean isTrusted() {
    return (flags & TRUSTED) != 0;
  }

  /**
   * Points this probe at another type of the same name.
   *
   * @return this
   */
  public CacheKey ofType(int other) {
    type = other;
    return hashed(nameHash());
  }

  private CacheKey hashed(int nameHash) {
    int mixed = (nameHash * 31 + type) * 31 + (qclass << 4 | flags);
    mixed = (mixed * 31 + policy.hashCode()) * 31 + exit.hashCode();
    mixed = (mixed * 31 + Long.hashCode(serverHigh ^ serverLow)) * 31 + serverPort;
    hash = (mixed * 31 + Long.hashCode(subnetHigh ^ subnetLow)) * 31 + subnetLength;
    return this;
  }

  /** {@link Request#nameHash}, counted again. */
  private int nameHash() {
    int result = 1;
    for (int i = nameFrom; i < nameFrom + nameLength; i++) {
      result = 31 * result + name[i];
    }
    return result;
  }

  private CacheKey owned() {
    name = Arrays.copyOfRange(name, nameFrom, nameFrom + nameLength);
    nameFrom = 0;
    return this;
  }

  /** This probe as it points now, as a key that stays; shares the name with {@code query}. */
  public CacheKey ownedBy(Query query) {
    CacheKey key = new CacheKey().copyFrom(this);
    key.name = query.name();
    return key;
  }

  /** This probe as it points now, as a key that stays. */
  public CacheKey copy() {
    return new CacheKey().copyFrom(this).owned();
  }

  CacheKey copyFrom(CacheKey other) {
    name = other.name;
    nameFrom = other.nameFrom;
    nameLength = other.nameLength;
    type = other.type;
    qclass = other.qclass;
    flags = other.flags;
    policy = other.policy;
    exit = other.exit;
    serverHigh = other.serverHigh;
    serverLow = other.serverLow;
    serverPort = other.serverPort;
    subnetHigh = other.subnetHigh;
    subnetLow = other.subnetLow;
    subnetLength = other.subnetLength;
    hash = other.hash;
    return this;
  }

  /** Where it is kept that this name does not exist, whatever the type. */
  CacheKey cut() {
    CacheKey cut = new CacheKey().copyFrom(this);
    cut.type = EVERY_TYPE;
    return cut.hashed(nameHash());
  }

  /**
   * Points this probe at {@link #cut()}, and with each further call at that of the name one label
   * shorter.
   *
   * @return false at the root, whose absence nobody can claim
   */
  boolean climb() {
    if (type == EVERY_TYPE) {
      int label = 1 + name[nameFrom];
      nameFrom += label;
      nameLength -= label;
    }
    type = EVERY_TYPE;
    boolean more = !isRoot();
    if (more) {
      hashed(nameHash());
    }
    return more;
  }

  /** Bytes of the labels that {@link #climb} has left behind. */
  int bytesClimbed() {
    return nameFrom;
  }

  boolean isRoot() {
    return nameLength == 1;
  }

  /** The name as text, lower case. */
  String name() {
    return Name.toText(name, nameFrom);
  }

  /** The lower-cased wire name of a key that stays; read only. */
  public byte[] wireName() {
    return name;
  }

  /** See {@link dev.gander.message.RecordType}. */
  public int type() {
    return type;
  }

  public int qclass() {
    return qclass;
  }

  public boolean dnssecOk() {
    return (flags & DNSSEC_OK) != 0;
  }

  public boolean checkingDisabled() {
    return (flags & CHECKING_DISABLED) != 0;
  }

  public boolean recursionDesired() {
    return (flags & RECURSION_DESIRED) != 0;
  }

  /** Name of the upstream or group; {@code asis} for the server the client asked. */
  public String policy() {
    return policy;
  }

  /** Upper half of the server's address for {@code asis}, else 0. */
  public long serverHigh() {
    return serverHigh;
  }

  /** Lower half of the server's address for {@code asis}, else 0. */
  public long serverLow() {
    return serverLow;
  }

  /** The server's port for {@code asis}, else 0. */
  public int serverPort() {
    return serverPort;
  }

  /** Whether the answer is for clients of one prefix only. */
  public boolean hasSubnet() {
    return subnetLength > 0;
  }

  /** The prefix whose clients the answer is for. */
  public Subnet subnet() {
    return new Subnet(subnetHigh, subnetLow, subnetLength);
  }

  /** This key for a file; {@link #fromBytes} reads it. */
  byte[] toBytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeUTF(exit.isEmpty() ? policy : policy + EXIT + exit);
    out.writeByte(flags);
    out.writeShort(type);
    out.writeShort(qclass);
    out.writeLong(serverHigh);
    out.writeLong(serverLow);
    out.writeShort(serverPort);
    out.writeLong(subnetHigh);
    out.writeLong(subnetLow);
    out.writeByte(subnetLength);
    out.write(name, nameFrom, nameLength);
    return bytes.toByteArray();
  }

  /**
   * @throws IOException if the bytes end too early
   * @throws IllegalArgumentException if they are no key
   */
  static CacheKey fromBytes(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    CacheKey key = new CacheKey();
    String[] asked = in.readUTF().split(EXIT, 2);
    key.policy = asked[0];
    key.exit = asked.length == 1 ? "" : asked[1];
    key.flags = in.readUnsignedByte();
    key.type = in.readUnsignedShort();
    key.qclass = in.readUnsignedShort();
    key.serverHigh = in.readLong();
    key.serverLow = in.readLong();
    key.serverPort = in.readUnsignedShort();
    key.subnetHigh = in.readLong();
    key.subnetLow = in.readLong();
    key.subnetLength = in.readUnsignedByte();
    key.name = in.readAllBytes();
    key.nameLength = key.name.length;
    if (key.type == EVERY_TYPE || key.flags > 15) {
      throw new IllegalArgumentException("no key of an answer");
    }
    return key.hashed(key.nameHash());
  }

  /** Bytes of heap this key takes, for bounds. */
  int heapBytes() {
    return 128 + nameLength;
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
        && subnetHigh == that.subnetHigh
        && subnetLow == that.subnetLow
        && subnetLength == that.subnetLength
        && policy.equals(that.policy)
        && exit.equals(that.exit)
        && Arrays.equals(
            name,
            nameFrom,
            nameFrom + nameLength,
            that.name,
            that.nameFrom,
            that.nameFrom + that.nameLength);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
