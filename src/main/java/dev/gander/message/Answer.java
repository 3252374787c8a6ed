package dev.gander.message;

import java.util.Arrays;

/**
 * What is known of one question: the records of a response as they stood on the wire, without
 * header, question and OPT, which are made anew for each client. Immutable.
 *
 * <p>Compression pointers inside count from the start of a message whose question is the asked one;
 * so an answer fits any request for the same name. Answers that point nowhere but to the question
 * (the ones made here) fit every request.
 */
public final class Answer {

  /** What an answer says of its question; decides how long it may be kept. */
  public enum Kind {
    /** Records of the asked type, or aliases. */
    POSITIVE,
    /** The name exists, the type does not (RFC 2308 § 2.2). */
    NODATA,
    /** The name does not exist. */
    NXDOMAIN,
    /** Any other response code: the server could not or would not say. */
    FAILURE
  }

  /** Receives the addresses of an answer, as two longs; IPv4 is mapped. */
  @FunctionalInterface
  public interface AddressTest {
    /** Whether this is an address looked for. */
    boolean test(long high, long low);
  }

  /** {@link #scope()} of an answer whose server was told of no subnet, or said nothing of it. */
  public static final int NO_SCOPE = -1;

  private static final byte[] NO_BYTES = {};
  private static final char[] NO_OFFSETS = {};
  private static final byte[] STALE_ANSWER = Opt.extendedError(ExtendedError.STALE_ANSWER, "");
  private static final byte[] STALE_NXDOMAIN = Opt.extendedError(ExtendedError.STALE_NXDOMAIN, "");

  /** In the place of one TTL for all records: each its own, counted down. */
  private static final int COUNT_DOWN = -1;

  /** Bytes an answer takes beside its arrays: object header, fields, two array headers. */
  private static final int OVERHEAD = 88;

  private final Rcode rcode;
  private final Kind kind;
  private final int flags;
  private final byte[] records;
  private final char[] ttlOffsets;
  private final int answers;
  private final int authorities;
  private final int ttl;
  private final byte[] options;
  private final int scope;

  /**
   * @param flags of the header, AA, TC and AD only
   * @param records answer, authority and additional section
   * @param ttlOffsets where in {@code records} each record has its TTL; one for each record
   * @param answers records in the answer section
   * @param authorities records in the authority section
   * @param ttl see {@link #ttl()}
   * @param options encoded EDNS options that go out with the answer
   * @param scope see {@link #scope()}
   */
  Answer(
      Rcode rcode,
      Kind kind,
      int flags,
      byte[] records,
      char[] ttlOffsets,
      int answers,
      int authorities,
      int ttl,
      byte[] options,
      int scope) {
    this.rcode = rcode;
    this.kind = kind;
    this.flags = flags;
    this.records = records;
    this.ttlOffsets = ttlOffsets;
    this.answers = answers;
    this.authorities = authorities;
    this.ttl = ttl;
    this.options = options;
    this.scope = scope;
  }

  /**
   * Reads an upstream's response. Its ID is not looked at: who sent the query has checked it.
   *
   * @throws MalformedMessageException if this is no response, is not to {@code question}, or does
   *     not parse; a response cut off with TC set is an empty answer with {@link #truncated()}
   */
  public static Answer parse(byte[] wire, int offset, int length, Question question)
      throws MalformedMessageException {
    return new AnswerParser(wire, offset, length, question).parse();
  }

  /** An answer without records that says why there are none. Clients without EDNS miss the text. */
  public static Answer failure(Rcode rcode, ExtendedError error, String text) {
    byte[] options = Opt.extendedError(error, text);
    return new Answer(rcode, Kind.FAILURE, 0, NO_BYTES, NO_OFFSETS, 0, 0, 0, options, NO_SCOPE);
  }

  /**
   * NOERROR or NXDOMAIN without data, with a SOA so that clients keep it for {@code ttl} seconds
   * (RFC 2308); the SOA is the one RFC 6303 § 3 gives to empty zones. Fits every question.
   */
  public static Answer negative(Rcode rcode, int ttl, ExtendedError error, String text) {
    return AnswerBuilder.of(rcode).soa(AnswerBuilder.asked(), ttl).because(error, text).build();
  }

  /**
   * One record of the asked name: the address 0.0.0.0 or :: that leads nowhere.
   *
   * @param type {@link RecordType#A} or {@link RecordType#AAAA}
   */
  public static Answer unspecifiedAddress(int type, int ttl, ExtendedError error, String text) {
    byte[] data = new byte[type == RecordType.A ? 4 : 16];
    return AnswerBuilder.of(Rcode.NOERROR)
        .answer(AnswerBuilder.asked(), type, ttl, data)
        .because(error, text)
        .build();
  }

  public Rcode rcode() {
    return rcode;
  }

  public Kind kind() {
    return kind;
  }

  /** Whether the upstream cut it (TC): not the whole truth, never to be kept. */
  public boolean truncated() {
    return (flags & Wire.TC) != 0;
  }

  /**
   * Seconds this answer holds: the least TTL of its records; if negative also at most the SOA's
   * minimum, and 0 without a SOA (RFC 2308 § 5). 0 for failures.
   */
  public int ttl() {
    return ttl;
  }

  /** Records in the answer section. */
  public int answerCount() {
    return answers;
  }

  /** Records in the authority section. */
  public int authorityCount() {
    return authorities;
  }

  /** Records in the additional section, without OPT. */
  public int additionalCount() {
    return ttlOffsets.length - answers - authorities;
  }

  /** AA and AD as they stand in the header's flags; AD is for those who ask for it only. */
  public int headerFlags() {
    return flags & (Wire.AA | Wire.AD);
  }

  /**
   * The records as they stand after the question of a message for the asked name, OPT left out;
   * read only.
   */
  public byte[] recordBytes() {
    return records;
  }

  /** Where in {@link #recordBytes()} each record has its TTL; read only. */
  public char[] ttlOffsets() {
    return ttlOffsets;
  }

  /** The encoded EDNS options of this answer; read only. */
  public byte[] options() {
    return options;
  }

  /** The same where it is given stale; read only. */
  public byte[] staleOptions() {
    return staleOption();
  }

  /** Bytes of heap this answer takes, for bounds. */
  public int heapBytes() {
    return OVERHEAD + records.length + 2 * ttlOffsets.length + options.length;
  }

  /** Whether {@code test} holds for any A or AAAA record of the answer section. No allocation. */
  public boolean anyAddress(AddressTest test) {
    for (int i = 0; i < answers; i++) {
      int at = ttlOffsets[i];
      int type = Wire.u16(records, at - 4);
      int length = Wire.u16(records, at + 4);
      if (type == RecordType.A && length == 4) {
        long low = 0xffffL << 32 | Integer.toUnsignedLong(Wire.i32(records, at + 6));
        if (test.test(0, low)) {
          return true;
        }
      } else if (type == RecordType.AAAA
          && length == 16
          && test.test(Wire.i64(records, at + 6), Wire.i64(records, at + 14))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether {@code test} holds for any address hint of a SVCB or HTTPS record of the answer section
   * (RFC 9460 § 7.3). No allocation.
   */
  public boolean anyHint(AddressTest test) {
    for (int i = 0; i < answers; i++) {
      int at = ttlOffsets[i];
      int type = Wire.u16(records, at - 4);
      if ((type == RecordType.SVCB || type == RecordType.HTTPS)
          && Hints.any(records, at + 6, Records.end(records, at), test)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The same answer with each TTL in {@code [min, max]}; for negative answers {@code max} also
   * bounds the SOA, so that clients forget when we do.
   */
  public Answer withTtlBetween(int min, int max) {
    if (ttlOffsets.length == 0) {
      return this;
    }
    byte[] copy = records.clone();
    int least = Integer.MAX_VALUE;
    for (char at : ttlOffsets) {
      int bounded = Math.max(min, Math.min(max, Records.ttl(records, at)));
      least = Math.min(least, bounded);
      Wire.put32(copy, at, bounded);
    }
    return with(flags, copy, least);
  }

  /** The same answer, {@code seconds} later: TTLs counted down, not below 0. */
  public Answer aged(int seconds) {
    if (seconds == 0 || ttlOffsets.length == 0) {
      return this;
    }
    byte[] copy = records.clone();
    for (char at : ttlOffsets) {
      Wire.put32(copy, at, Math.max(0, Records.ttl(records, at) - seconds));
    }
    return with(flags, copy, Math.max(0, ttl - seconds));
  }

  /** The same answer, ended: each TTL is {@code seconds}, and an Extended DNS Error says why. */
  public Answer stale(int seconds) {
    Answer even = withTtlBetween(seconds, seconds);
    return new Answer(
        rcode,
        kind,
        flags,
        even.records,
        ttlOffsets,
        answers,
        authorities,
        even.ttl,
        staleOption(),
        scope);
  }

  /** The same answer without AA: what a cache says is not from the authority. */
  public Answer withoutAuthority() {
    return (flags & Wire.AA) == 0 ? this : with(flags & ~Wire.AA, records, ttl);
  }

  private Answer with(int newFlags, byte[] newRecords, int newTtl) {
    return new Answer(
        rcode,
        kind,
        newFlags,
        newRecords,
        ttlOffsets,
        answers,
        authorities,
        newTtl,
        options,
        scope);
  }

  /**
   * For which clients the answer is: bits of the subnet that the server was told of which count,
   * its SCOPE PREFIX-LENGTH (RFC 7871 § 6); 0: everybody; {@link #NO_SCOPE}: nobody knows.
   */
  public int scope() {
    return scope;
  }

  /** The same answer with another {@link #scope()}. */
  public Answer scoped(int other) {
    return new Answer(
        rcode, kind, flags, records, ttlOffsets, answers, authorities, ttl, options, other);
  }

  /** {@link #writeTo(Request, int, int, byte[])} for an answer of this moment. */
  public int writeTo(Query query, byte[] out) {
    return writeTo(query, 0, query.answerLimit(), out);
  }

  /**
   * Writes the message for one client: its ID, RD, CD and question as it wrote them; RA; AD only if
   * it asked with AD or DO (RFC 6840 § 5.8); OPT only if it sent one. Whole records are left off
   * until the message fits; TC says so unless only additional ones are missing (RFC 2181 § 9).
   * Before that the text of an Extended DNS Error is cut at a word, then left out. Allocates
   * nothing.
   *
   * @param age seconds since the answer was new; TTLs are that much less
   * @param limit most bytes, at least 512
   * @param out at least {@code limit} bytes
   * @return length of the message
   */
  public int writeTo(Request request, int age, int limit, byte[] out) {
    return write(request, age, COUNT_DOWN, options, limit, out);
  }

  /**
   * {@link #writeTo(Request, int, int, byte[])} for an answer that has ended (RFC 8767): every TTL
   * is {@code ttl}, and the Extended DNS Error says that it is stale.
   */
  public int writeStaleTo(Request request, int ttl, int limit, byte[] out) {
    return write(request, 0, ttl, staleOption(), limit, out);
  }

  /**
   * {@link #writeTo(Request, int, int, byte[])} for a question whose name lies below the one this
   * answers: what points into the message is moved.
   *
   * @param deeper by how many bytes the asked name is longer
   */
  public int writeBelowTo(Request request, int deeper, int age, int limit, byte[] out) {
    int length = writeTo(request, age, limit, out);
    int from = Wire.HEADER + request.questionLength();
    int kept = Wire.u16(out, Wire.ANCOUNT) + Wire.u16(out, Wire.NSCOUNT);
    kept += Wire.u16(out, Wire.ARCOUNT) - (request.edns() ? 1 : 0);
    int owner = from;
    for (int i = 0; i < kept; i++) {
      int ttlAt = from + ttlOffsets[i];
      Records.shiftPointers(out, owner, ttlAt, 0, -deeper);
      owner = Records.end(out, ttlAt);
    }
    return length;
  }

  private byte[] staleOption() {
    return kind == Kind.NXDOMAIN ? STALE_NXDOMAIN : STALE_ANSWER;
  }

  /**
   * @param ttl of every record; {@link #COUNT_DOWN}: its own, less {@code age}
   * @param edns encoded EDNS options
   */
  private int write(Request request, int age, int ttl, byte[] edns, int limit, byte[] out) {
    int from = Wire.HEADER + request.questionLength();
    int room = limit - from - (request.edns() ? Opt.LENGTH + request.subnetBytes() : 0);
    int told = request.edns() ? Opt.fitting(edns, room - records.length) : 0;
    int kept = recordsWithin(room - told);
    int bytes = kept == 0 ? 0 : Records.end(records, ttlOffsets[kept - 1]);
    request.copyQuestion(out, Wire.HEADER);
    System.arraycopy(records, 0, out, from, bytes);
    if (ttl != COUNT_DOWN) {
      setTtls(out, from, kept, ttl);
    } else if (age > 0) {
      countDown(out, from, kept, age);
    }
    boolean shown = rcode.code() <= 0xf || request.edns();
    int code = shown ? rcode.code() : Rcode.SERVFAIL.code();
    int cut = kept < answers + authorities ? Wire.TC : 0;
    Wire.put16(out, 0, request.id());
    Wire.put16(out, Wire.FLAGS, flagsFor(request) | cut | (code & 0xf));
    Wire.put16(out, Wire.QDCOUNT, 1);
    int keptAnswers = Math.min(kept, answers);
    int keptAuthorities = Math.min(kept - keptAnswers, authorities);
    Wire.put16(out, Wire.ANCOUNT, keptAnswers);
    Wire.put16(out, Wire.NSCOUNT, keptAuthorities);
    int additional = kept - keptAnswers - keptAuthorities;
    Wire.put16(out, Wire.ARCOUNT, additional + (request.edns() ? 1 : 0));
    int end = from + bytes;
    return request.edns() ? end + writeOpt(request, code, edns, told, out, end) : end;
  }

  /**
   * @param told how much of {@code edns}
   */
  private int writeOpt(Request request, int code, byte[] edns, int told, byte[] out, int at) {
    int length = Opt.write(out, at, code, request.dnssecOk(), edns, told);
    int subnet = request.subnetBytes();
    if (subnet > 0) {
      request.copySubnet(out, at + length);
      out[at + length + 7] = (byte) Math.max(0, scope);
      Wire.put16(out, at + 9, told + subnet);
    }
    return length + subnet;
  }

  private int flagsFor(Request request) {
    int result = Wire.QR | Wire.RA | (flags & (Wire.AA | Wire.TC));
    if (request.recursionDesired()) {
      result |= Wire.RD;
    }
    if (request.checkingDisabled()) {
      result |= Wire.CD;
    }
    if (request.authenticData() || request.dnssecOk()) {
      result |= flags & Wire.AD;
    }
    return result;
  }

  /** How many records, from the first on, fit into {@code room} bytes. */
  private int recordsWithin(int room) {
    if (records.length <= room) {
      return ttlOffsets.length;
    }
    int count = 0;
    while (count < ttlOffsets.length && Records.end(records, ttlOffsets[count]) <= room) {
      count++;
    }
    return count;
  }

  private void countDown(byte[] out, int from, int kept, int age) {
    for (int i = 0; i < kept; i++) {
      int at = ttlOffsets[i];
      Wire.put32(out, from + at, Math.max(0, Records.ttl(records, at) - age));
    }
  }

  private void setTtls(byte[] out, int from, int kept, int seconds) {
    for (int i = 0; i < kept; i++) {
      Wire.put32(out, from + ttlOffsets[i], seconds);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Answer that
        && rcode.equals(that.rcode)
        && flags == that.flags
        && answers == that.answers
        && authorities == that.authorities
        && ttl == that.ttl
        && Arrays.equals(records, that.records)
        && Arrays.equals(options, that.options);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(records) * 31 + rcode.hashCode();
  }

  /** For logs: {@code NOERROR, 2 answers, 300 s}. */
  @Override
  public String toString() {
    return rcode + ", " + answers + (answers == 1 ? " answer, " : " answers, ") + ttl + " s";
  }
}
