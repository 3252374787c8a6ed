package dev.gander.message;

import java.util.Arrays;

/**
 * One received query, seen where it lies: header, question and OPT, parsed without garbage. Reused
 * by the thread that reads a socket; valid until that thread's next {@link #parse} or until the
 * buffer changes. Not thread-safe.
 */
public final class QueryView implements Request {

  private static final byte[] NO_OPTIONS = {};

  /** What a received message is, and so what becomes of it. */
  public enum Verdict {
    /** A query with one question: decide it. */
    OK,
    /** Under 12 bytes: no ID to answer to. Gets no answer. */
    TOO_SHORT,
    /** QR is set: answering responses makes loops. Gets no answer. */
    RESPONSE,
    /** An operation that is not QUERY (RFC 1035 § 4.1.1): answer NOTIMP. */
    NOTIMP(4),
    /** Question or records do not parse, or there is not exactly one question (RFC 9619). */
    FORMERR(1),
    /** EDNS of a version above 0 (RFC 6891 § 6.1.3). */
    BADVERS(16),
    /** A zone transfer: no forwarder can serve one. */
    REFUSED(5);

    private final int rcode;

    Verdict() {
      this(0);
    }

    Verdict(int rcode) {
      this.rcode = rcode;
    }

    /** What the message is answered with if it is neither {@link #OK} nor {@link #dropped()}. */
    public Rcode rcode() {
      return Rcode.of(rcode);
    }

    /** Whether the message gets no answer at all. */
    public boolean dropped() {
      return this == TOO_SHORT || this == RESPONSE;
    }
  }

  private byte[] buffer = NO_OPTIONS;
  private int offset;
  private int end;
  private int id;
  private int flags;
  private final byte[] name = new byte[Name.MAX_LENGTH];
  private int nameLength;
  private int nameHash;
  private int type;
  private int qclass;
  private boolean edns;
  private boolean dnssecOk;
  private int udpSize;
  private int ednsVersion;
  private Verdict verdict = Verdict.TOO_SHORT;

  /** Where the client subnet's data begins, 0 without one. */
  private int subnetAt;

  private int subnetDataLength;
  private int subnetLength;
  private boolean subnetRepeated;
  private boolean keepaliveAsked;
  private boolean paddingAsked;

  /** A view of nothing; {@link #parse} gives it content. */
  public QueryView() {}

  /**
   * Looks at the message in {@code buffer}, which must stay as it is while this view is used.
   *
   * @return {@link Verdict#OK} if every field of this view is set; else only those that could be
   *     read, enough for {@link #writeStatus}
   */
  public Verdict parse(byte[] buffer, int offset, int length) {
    verdict = read(buffer, offset, length);
    return verdict;
  }

  /** What the last {@link #parse} returned. */
  public Verdict verdict() {
    return verdict;
  }

  private Verdict read(byte[] buffer, int offset, int length) {
    this.buffer = buffer;
    this.offset = offset;
    end = offset + length;
    nameLength = 0;
    edns = false;
    dnssecOk = false;
    udpSize = 512;
    subnetAt = 0;
    subnetRepeated = false;
    keepaliveAsked = false;
    paddingAsked = false;
    if (length < Wire.HEADER) {
      return Verdict.TOO_SHORT;
    }
    id = Wire.u16(buffer, offset);
    flags = Wire.u16(buffer, offset + Wire.FLAGS);
    if ((flags & Wire.QR) != 0) {
      return Verdict.RESPONSE;
    }
    if ((flags & Wire.OPCODE) != 0) {
      seekOpt();
      return Verdict.NOTIMP;
    }
    if (Wire.u16(buffer, offset + Wire.QDCOUNT) != 1) {
      seekOpt();
      return Verdict.FORMERR;
    }
    if (!parseQuestion()) {
      return Verdict.FORMERR;
    }
    return parseRecords();
  }

  private boolean parseQuestion() {
    int from = offset + Wire.HEADER;
    int length = Name.length(buffer, from, end);
    if (length < 0 || from + length + 4 > end) {
      return false;
    }
    int hash = 1;
    for (int i = 0; i < length; i++) {
      byte b = Name.lower(buffer[from + i]);
      name[i] = b;
      hash = 31 * hash + b;
    }
    nameHash = hash;
    nameLength = length;
    type = Wire.u16(buffer, from + length);
    qclass = Wire.u16(buffer, from + length + 2);
    return true;
  }

  /** Walks what follows the question, to find OPT; only OPT may matter in a query. */
  private Verdict parseRecords() {
    int plain = Wire.u16(buffer, offset + Wire.ANCOUNT) + Wire.u16(buffer, offset + Wire.NSCOUNT);
    int records = plain + Wire.u16(buffer, offset + Wire.ARCOUNT);
    int at = offset + Wire.HEADER + questionLength();
    for (int i = 0; i < records; i++) {
      int fixed = Records.skipName(buffer, at, end);
      if (fixed < 0 || fixed + 10 > end) {
        return Verdict.FORMERR;
      }
      int dataEnd = fixed + 10 + Wire.u16(buffer, fixed + 8);
      if (dataEnd > end) {
        return Verdict.FORMERR;
      }
      if (Wire.u16(buffer, fixed) == RecordType.OPT) {
        // RFC 6891 § 6.1.1: one OPT, in the additional section, owned by the root.
        boolean wrong = edns || i < plain || buffer[at] != 0;
        if (wrong || !Opt.wellFormed(buffer, fixed + 10, dataEnd)) {
          return Verdict.FORMERR;
        }
        readOpt(fixed);
        findOptions(fixed + 10, dataEnd);
      }
      at = dataEnd;
    }
    if (edns && ednsVersion != 0) {
      return Verdict.BADVERS;
    }
    return verdictOfType();
  }

  /**
   * Reads the OPT of a message that is refused anyway, if it can be found: the reply has one too.
   */
  private void seekOpt() {
    int at = offset + Wire.HEADER;
    for (int i = Wire.u16(buffer, offset + Wire.QDCOUNT); i > 0; i--) {
      int after = Records.skipName(buffer, at, end);
      if (after < 0 || after + 4 > end) {
        return;
      }
      at = after + 4;
    }
    int records = Wire.u16(buffer, offset + Wire.ANCOUNT) + Wire.u16(buffer, offset + Wire.NSCOUNT);
    records += Wire.u16(buffer, offset + Wire.ARCOUNT);
    for (int i = 0; i < records; i++) {
      int fixed = Records.skipName(buffer, at, end);
      if (fixed < 0 || fixed + 10 > end) {
        return;
      }
      if (Wire.u16(buffer, fixed) == RecordType.OPT && buffer[at] == 0) {
        readOpt(fixed);
        return;
      }
      at = fixed + 10 + Wire.u16(buffer, fixed + 8);
    }
  }

  private void readOpt(int fixed) {
    edns = true;
    udpSize = Math.max(512, Wire.u16(buffer, fixed + 2));
    ednsVersion = buffer[fixed + 5] & 0xff;
    dnssecOk = (Wire.u16(buffer, fixed + 6) & Wire.DO) != 0;
  }

  private void findOptions(int from, int dataEnd) {
    int at = from;
    while (at + 4 <= dataEnd) {
      int code = Wire.u16(buffer, at);
      int length = Wire.u16(buffer, at + 2);
      if (code == EdnsOptions.CLIENT_SUBNET && subnetAt == 0) {
        subnetAt = at + 4;
        subnetDataLength = length;
        subnetLength = Subnet.lengthAt(buffer, subnetAt, length);
      }
      keepaliveAsked |= code == EdnsOptions.TCP_KEEPALIVE && length == 0;
      paddingAsked |= code == EdnsOptions.PADDING;
      at += 4 + length;
    }
  }

  /** Whether the client wants to know how long its connection may be idle (RFC 7828). */
  public boolean keepaliveAsked() {
    return keepaliveAsked;
  }

  /** Whether the query is padded, and so its answer must be too (RFC 7830 section 4). */
  public boolean paddingAsked() {
    return paddingAsked;
  }

  /** Whether the client told a subnet (RFC 7871). */
  public boolean hasSubnet() {
    return subnetAt > 0;
  }

  /** Bits of the client's subnet in IPv6 form, IPv4 mapped; -1 if it is malformed. */
  public int subnetLength() {
    return subnetLength;
  }

  /** Upper half of the address of a well-formed client subnet, IPv4 mapped. */
  public long subnetHigh() {
    return Subnet.highAt(buffer, subnetAt, subnetDataLength);
  }

  /** Lower half of the address of a well-formed client subnet. */
  public long subnetLow() {
    return Subnet.lowAt(buffer, subnetAt, subnetDataLength);
  }

  /** Has the answer repeat the client's subnet, if there is one: § 7.2.1. */
  public void repeatSubnet() {
    subnetRepeated = subnetAt > 0;
  }

  @Override
  public int subnetBytes() {
    return subnetRepeated ? 4 + subnetDataLength : 0;
  }

  @Override
  public void copySubnet(byte[] out, int at) {
    System.arraycopy(buffer, subnetAt - 4, out, at, 4 + subnetDataLength);
  }

  private Verdict verdictOfType() {
    return switch (type) {
      case RecordType.AXFR, RecordType.IXFR -> Verdict.REFUSED;
      // Types that only live in messages, or never lived (RFC 6895 § 3.1): nobody can ask for them.
      case 0, RecordType.OPT, RecordType.TKEY, RecordType.TSIG -> Verdict.FORMERR;
      // Valid to ask for (RFC 6895 § 3.1), obsolete since RFC 1035 § 3.2.3: no server answers them.
      case RecordType.MAILA, RecordType.MAILB -> Verdict.NOTIMP;
      default -> Verdict.OK;
    };
  }

  /** An immutable copy for another thread; {@code client} is copied too. Only after OK. */
  public Query toQuery(Client client) {
    byte[] lower = Arrays.copyOf(name, nameLength);
    int from = offset + Wire.HEADER;
    byte[] spelling = Arrays.copyOfRange(buffer, from, from + nameLength);
    if (Arrays.equals(lower, spelling)) {
      spelling = NO_OPTIONS;
    }
    byte[] subnet = NO_OPTIONS;
    if (subnetRepeated) {
      subnet = new byte[subnetBytes()];
      copySubnet(subnet, 0);
    }
    Question question = new Question(lower, type, qclass);
    return new Query(
        id, flags, edns, dnssecOk, udpSize, spelling, question, client.copy(), subnet, null);
  }

  /**
   * Writes an answer without records that says no more than {@code rcode}: the client's ID, opcode,
   * RD and CD, the question if it could be read, OPT if there was one. Allocates nothing.
   *
   * @param out at least 512 bytes
   * @return its length
   */
  public int writeStatus(Rcode rcode, byte[] out) {
    return writeEmpty(rcode, 0, out);
  }

  /**
   * Writes an answer without records that sets TC: the client is to come again by TCP. Allocates
   * nothing.
   *
   * @param out at least 512 bytes
   * @return its length
   */
  public int writeTruncated(byte[] out) {
    return writeEmpty(Rcode.NOERROR, Wire.TC, out);
  }

  private int writeEmpty(Rcode rcode, int more, byte[] out) {
    int kept = flags & (Wire.OPCODE | Wire.RD | Wire.CD);
    Wire.put16(out, 0, id);
    Wire.put16(out, Wire.FLAGS, Wire.QR | kept | Wire.RA | more | (rcode.code() & 0xf));
    Wire.put16(out, Wire.QDCOUNT, nameLength > 0 ? 1 : 0);
    Wire.put32(out, Wire.ANCOUNT, 0);
    Wire.put16(out, Wire.ARCOUNT, edns ? 1 : 0);
    int at = Wire.HEADER;
    if (nameLength > 0) {
      copyQuestion(out, at);
      at += questionLength();
    }
    return edns ? at + Opt.write(out, at, rcode.code(), dnssecOk, NO_OPTIONS) : at;
  }

  /** {@inheritDoc} The next parse overwrites it. */
  @Override
  public byte[] name() {
    return name;
  }

  @Override
  public int nameLength() {
    return nameLength;
  }

  @Override
  public int nameHash() {
    return nameHash;
  }

  @Override
  public int type() {
    return type;
  }

  @Override
  public int qclass() {
    return qclass;
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
    return nameLength + 4;
  }

  @Override
  public void copyQuestion(byte[] out, int at) {
    System.arraycopy(buffer, offset + Wire.HEADER, out, at, questionLength());
  }
}
