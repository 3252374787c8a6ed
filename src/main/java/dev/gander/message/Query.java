package dev.gander.message;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One query, taken out of its buffer: immutable, for the thread that gets it answered. */
public final class Query implements Request {

  private static final byte[] NO_BYTES = {};

  private final int id;
  private final int flags;
  private final boolean edns;
  private final boolean dnssecOk;
  private final int udpSize;
  private final byte[] spelling;
  private final Question question;
  private final Client client;
  private final byte[] repeatedSubnet;
  private final @Nullable Subnet subnet;

  /**
   * @param flags header flags as on the wire
   * @param spelling the name as the client wrote it; empty if that is the question's own form
   * @param client a copy that nobody changes
   * @param repeatedSubnet the client's option that the answer repeats; empty for none
   * @param subnet what upstreams are told about the client
   */
  Query(
      int id,
      int flags,
      boolean edns,
      boolean dnssecOk,
      int udpSize,
      byte[] spelling,
      Question question,
      Client client,
      byte[] repeatedSubnet,
      @Nullable Subnet subnet) {
    this.id = id;
    this.flags = flags;
    this.edns = edns;
    this.dnssecOk = dnssecOk;
    this.udpSize = udpSize;
    this.spelling = spelling;
    this.question = question;
    this.client = client;
    this.repeatedSubnet = repeatedSubnet;
    this.subnet = subnet;
  }

  /**
   * A query of gander's own: no client behind it, RD set, EDNS with 1232 bytes.
   *
   * @param dnssecOk whether DNSSEC records are wanted
   */
  public static Query own(Question question, boolean dnssecOk) {
    return own(question, dnssecOk, new Client());
  }

  /**
   * A query of gander's own that goes the way a client's would.
   *
   * @param like a copy that nobody changes
   */
  public static Query own(Question question, boolean dnssecOk, Client like) {
    return new Query(
        0, Wire.RD, true, dnssecOk, MAX_UDP_ANSWER, NO_BYTES, question, like, NO_BYTES, null);
  }

  /** The same client's question for another type of the name. */
  public Query ofType(int type) {
    Question other = new Question(question.wireName(), type, question.qclass());
    return new Query(
        id, flags, edns, dnssecOk, udpSize, spelling, other, client, repeatedSubnet, subnet);
  }

  /** The same query, telling upstreams of {@code told}; null: nothing. */
  public Query telling(@Nullable Subnet told) {
    return new Query(
        id, flags, edns, dnssecOk, udpSize, spelling, question, client, repeatedSubnet, told);
  }

  /** What upstreams are told about the client's address, if anything. */
  public Optional<Subnet> subnet() {
    return Optional.ofNullable(subnet);
  }

  public Question question() {
    return question;
  }

  /** Who asked; never changed once it is here. */
  public Client client() {
    return client;
  }

  /**
   * The message to send to an upstream: ID 0 (the sender draws its own), AD set (RFC 6840 § 5.7),
   * RD, CD and DO as the client wrote them, name in lower case, our own OPT, with the client subnet
   * if there is one to tell. No option of the client goes on: cookies are between two hops.
   */
  public byte[] toUpstream() {
    byte[] name = question.wireName();
    byte[] options = subnet == null ? NO_BYTES : subnet.option();
    byte[] wire = new byte[Wire.HEADER + name.length + 4 + Opt.LENGTH + options.length];
    Wire.put16(wire, Wire.FLAGS, Wire.AD | (flags & (Wire.RD | Wire.CD)));
    Wire.put16(wire, Wire.QDCOUNT, 1);
    Wire.put16(wire, Wire.ARCOUNT, 1);
    System.arraycopy(name, 0, wire, Wire.HEADER, name.length);
    int at = Wire.HEADER + name.length;
    Wire.put16(wire, at, question.type());
    Wire.put16(wire, at + 2, question.qclass());
    Opt.write(wire, at + 4, 0, dnssecOk, options);
    return wire;
  }

  /** The most bytes an answer to this client may have. */
  public int answerLimit() {
    return answerLimit(client.transport());
  }

  @Override
  public byte[] name() {
    return question.wireName();
  }

  @Override
  public int nameLength() {
    return question.wireName().length;
  }

  @Override
  public int nameHash() {
    return Arrays.hashCode(question.wireName());
  }

  @Override
  public int type() {
    return question.type();
  }

  @Override
  public int qclass() {
    return question.qclass();
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public boolean recursionDesired() {
    return (flags & Wire.RD) != 0;
  }

  @Override
  public boolean checkingDisabled() {
    return (flags & Wire.CD) != 0;
  }

  @Override
  public boolean authenticData() {
    return (flags & Wire.AD) != 0;
  }

  @Override
  public boolean edns() {
    return edns;
  }

  @Override
  public boolean dnssecOk() {
    return dnssecOk;
  }

  @Override
  public int udpSize() {
    return udpSize;
  }

  @Override
  public int questionLength() {
    return question.wireName().length + 4;
  }

  @Override
  public int subnetBytes() {
    return repeatedSubnet.length;
  }

  @Override
  public void copySubnet(byte[] out, int at) {
    System.arraycopy(repeatedSubnet, 0, out, at, repeatedSubnet.length);
  }

  @Override
  public void copyQuestion(byte[] out, int at) {
    byte[] name = spelling.length == 0 ? question.wireName() : spelling;
    System.arraycopy(name, 0, out, at, name.length);
    Wire.put16(out, at + name.length, question.type());
    Wire.put16(out, at + name.length + 2, question.qclass());
  }

  /** For logs: the question and who asked it. */
  @Override
  public String toString() {
    return question + " from " + client;
  }
}
