package dev.gander.message;

import java.util.Arrays;

/** Reads one response into an {@link Answer}; used once. */
final class AnswerParser {

  private static final byte[] NO_BYTES = {};
  private static final char[] NO_OFFSETS = {};

  /** Header flags an answer keeps; the others are ours to say. */
  private static final int KEPT_FLAGS = Wire.AA | Wire.TC | Wire.AD;

  private final byte[] wire;
  private final int offset;
  private final int end;
  private final Question question;
  private final int flags;

  /** Where the records start: after header and question. */
  private final int from;

  private char[] ttlOffsets = {};
  private int records;
  private int leastTtl = Integer.MAX_VALUE;
  private int soaMinimum = -1;
  private boolean asked;
  private int optFrom = -1;
  private int optEnd = -1;
  private int extendedRcode;
  private int recordsBeforeOpt;
  private byte[] options = NO_BYTES;
  private int scope = Answer.NO_SCOPE;

  AnswerParser(byte[] wire, int offset, int length, Question question) {
    this.wire = wire;
    this.offset = offset;
    this.end = offset + length;
    this.question = question;
    this.from = offset + Wire.HEADER + question.wireName().length + 4;
    this.flags = length < Wire.HEADER ? 0 : Wire.u16(wire, offset + Wire.FLAGS);
  }

  Answer parse() throws MalformedMessageException {
    checkHeader();
    int answers = count(Wire.ANCOUNT);
    int authorities = count(Wire.NSCOUNT);
    int total = answers + authorities + count(Wire.ARCOUNT);
    // A record has at least 11 bytes: a liar's counts make no large array.
    ttlOffsets = new char[Math.min(total, (end - from) / 11)];
    int at = from;
    for (int i = 0; i < total; i++) {
      int next = parseRecord(at, i, answers, authorities);
      if (next < 0) {
        if ((flags & Wire.TC) != 0) {
          return new Answer(
              rcode(),
              kind(answers),
              flags & KEPT_FLAGS,
              NO_BYTES,
              NO_OFFSETS,
              0,
              0,
              0,
              options,
              scope);
        }
        throw new MalformedMessageException(
            "record " + (i + 1) + " of " + total + " at byte " + (at - offset) + " is malformed");
      }
      at = next;
    }
    return new Answer(
        rcode(),
        kind(answers),
        flags & KEPT_FLAGS,
        recordBytes(at),
        Arrays.copyOf(ttlOffsets, records),
        answers,
        authorities,
        ttl(answers),
        options,
        scope);
  }

  private void checkHeader() throws MalformedMessageException {
    if (end - offset < Wire.HEADER) {
      throw new MalformedMessageException("response of " + (end - offset) + " bytes has no header");
    }
    if ((flags & Wire.QR) == 0 || (flags & Wire.OPCODE) != 0) {
      throw new MalformedMessageException("not a response to a query");
    }
    if (count(Wire.QDCOUNT) != 1 || !question.matches(wire, offset + Wire.HEADER, end)) {
      throw new MalformedMessageException("response to another question than " + question);
    }
  }

  /** Returns the index after the record at {@code at}, or -1 if it is malformed. */
  private int parseRecord(int at, int index, int answers, int authorities) {
    int fixed = Records.followName(wire, offset, at, end);
    if (fixed < 0 || fixed + 10 > end) {
      return -1;
    }
    int type = Wire.u16(wire, fixed);
    int next = fixed + 10 + Wire.u16(wire, fixed + 8);
    if (next > end || !Records.dataIsSound(wire, offset, fixed, next)) {
      return -1;
    }
    if (type == RecordType.OPT) {
      boolean wrong = optFrom >= 0 || index < answers + authorities || wire[at] != 0;
      return wrong || !readOpt(at, fixed, next) ? -1 : next;
    }
    ttlOffsets[records++] = (char) (fixed + 4 - from);
    leastTtl = Math.min(leastTtl, Records.ttl(wire, fixed + 4));
    if (index < answers) {
      asked |= type == question.type();
    } else if (type == RecordType.SOA && index < answers + authorities && next - fixed >= 32) {
      soaMinimum = Records.ttl(wire, next - 4);
    }
    return next;
  }

  private boolean readOpt(int at, int fixed, int next) {
    optFrom = at;
    optEnd = next;
    recordsBeforeOpt = records;
    extendedRcode = wire[fixed + 4] & 0xff;
    options = Opt.findExtendedError(wire, fixed + 10, next);
    scope = Opt.findScope(wire, fixed + 10, next);
    return Opt.wellFormed(wire, fixed + 10, next);
  }

  private Rcode rcode() {
    return Rcode.of(extendedRcode << 4 | (flags & 0xf));
  }

  private Answer.Kind kind(int answers) {
    Rcode rcode = rcode();
    if (rcode.equals(Rcode.NXDOMAIN)) {
      return Answer.Kind.NXDOMAIN;
    }
    if (!rcode.equals(Rcode.NOERROR)) {
      return Answer.Kind.FAILURE;
    }
    // Aliases that lead to no record of the type, and a SOA that says so: RFC 2308 § 2.2.
    boolean nodata = answers == 0 || (!asked && soaMinimum >= 0);
    boolean any = question.type() == RecordType.ANY && answers > 0;
    return nodata && !any ? Answer.Kind.NODATA : Answer.Kind.POSITIVE;
  }

  private int ttl(int answers) {
    return switch (kind(answers)) {
      case POSITIVE -> leastTtl;
      case NODATA, NXDOMAIN -> soaMinimum < 0 ? 0 : Math.min(leastTtl, soaMinimum);
      case FAILURE -> 0;
    };
  }

  /** The bytes of all records but OPT; what stood after OPT moves down. */
  private byte[] recordBytes(int last) {
    if (optFrom < 0) {
      return Arrays.copyOfRange(wire, from, last);
    }
    int gap = optEnd - optFrom;
    byte[] kept = new byte[last - from - gap];
    System.arraycopy(wire, from, kept, 0, optFrom - from);
    System.arraycopy(wire, optEnd, kept, optFrom - from, last - optEnd);
    int owner = optFrom - from;
    for (int i = recordsBeforeOpt; i < records; i++) {
      int ttlAt = ttlOffsets[i] - gap;
      ttlOffsets[i] = (char) ttlAt;
      Records.shiftPointers(kept, owner, ttlAt, optEnd - offset, gap);
      owner = Records.end(kept, ttlAt);
    }
    return kept;
  }

  private int count(int field) {
    return Wire.u16(wire, offset + field);
  }
}
