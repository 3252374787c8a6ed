package dev.gander.message;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Makes an answer of gander's own, record by record: answer section first, then authority. The
 * answers fit every question, for owners are {@link #asked()} or written out. One thread, used
 * once.
 */
public final class AnswerBuilder {

  private static final byte[] NOBODY = Name.toWire("nobody.invalid");

  private final Rcode rcode;
  private final ByteArrayOutputStream records = new ByteArrayOutputStream();
  private char[] ttlOffsets = {};
  private int flags;
  private int answers;
  private int least = Integer.MAX_VALUE;
  private byte[] options = {};

  private AnswerBuilder(Rcode rcode) {
    this.rcode = rcode;
  }

  /** As an owner, or as a name in data: the name that was asked. */
  public static byte[] asked() {
    return new byte[] {(byte) 0xc0, Wire.HEADER};
  }

  /** An answer without records yet. */
  public static AnswerBuilder of(Rcode rcode) {
    return new AnswerBuilder(rcode);
  }

  /** Sets AA: what is said here is said by the zone's own server. */
  public AnswerBuilder authoritative() {
    flags |= Wire.AA;
    return this;
  }

  /** Says why, to clients with EDNS. */
  public AnswerBuilder because(ExtendedError error, String text) {
    options = Opt.extendedError(error, text);
    return this;
  }

  /**
   * A record of class IN in the answer section.
   *
   * @param owner uncompressed wire form, or {@link #asked()}
   * @param ttl seconds
   */
  public AnswerBuilder answer(byte[] owner, int type, int ttl, byte[] data) {
    answers++;
    return record(owner, type, ttl, data);
  }

  /**
   * The SOA that RFC 6303 § 3 gives to empty zones, in the authority section: clients keep the
   * negative answer for {@code ttl} seconds (RFC 2308).
   *
   * @param zone uncompressed wire form, or {@link #asked()}
   */
  public AnswerBuilder soa(byte[] zone, int ttl) {
    return record(zone, RecordType.SOA, ttl, soaData(zone, ttl));
  }

  /** The data of the SOA that {@link #soa} writes. */
  public static byte[] soaData(byte[] zone, int ttl) {
    byte[] data = Arrays.copyOf(zone, zone.length + NOBODY.length + 20);
    System.arraycopy(NOBODY, 0, data, zone.length, NOBODY.length);
    int[] timers = {1, 3600, 1200, 604800, ttl};
    for (int i = 0; i < timers.length; i++) {
      Wire.put32(data, zone.length + NOBODY.length + 4 * i, timers[i]);
    }
    return data;
  }

  private AnswerBuilder record(byte[] owner, int type, int ttl, byte[] data) {
    byte[] fixed = new byte[10];
    Wire.put16(fixed, 0, type);
    Wire.put16(fixed, 2, Question.CLASS_IN);
    Wire.put32(fixed, 4, ttl);
    Wire.put16(fixed, 8, data.length);
    ttlOffsets = Arrays.copyOf(ttlOffsets, ttlOffsets.length + 1);
    ttlOffsets[ttlOffsets.length - 1] = (char) (records.size() + owner.length + 4);
    least = Math.min(least, ttl);
    records.writeBytes(owner);
    records.writeBytes(fixed);
    records.writeBytes(data);
    return this;
  }

  public Answer build() {
    return new Answer(
        rcode,
        kind(),
        flags,
        records.toByteArray(),
        ttlOffsets,
        answers,
        ttlOffsets.length - answers,
        ttlOffsets.length == 0 ? 0 : least,
        options,
        Answer.NO_SCOPE);
  }

  private Answer.Kind kind() {
    if (rcode.equals(Rcode.NXDOMAIN)) {
      return Answer.Kind.NXDOMAIN;
    }
    if (!rcode.equals(Rcode.NOERROR)) {
      return Answer.Kind.FAILURE;
    }
    return answers == 0 ? Answer.Kind.NODATA : Answer.Kind.POSITIVE;
  }
}
