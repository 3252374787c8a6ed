package dev.gander.message;

import java.util.Locale;

/**
 * Why an answer is what it is: the info-codes of Extended DNS Errors, RFC 8914 and its registry.
 */
public enum ExtendedError {
  OTHER(0),
  UNSUPPORTED_DNSKEY_ALGORITHM(1),
  UNSUPPORTED_DS_DIGEST(2),
  STALE_ANSWER(3),
  FORGED_ANSWER(4),
  DNSSEC_INDETERMINATE(5),
  DNSSEC_BOGUS(6),
  SIGNATURE_EXPIRED(7),
  SIGNATURE_NOT_YET_VALID(8),
  DNSKEY_MISSING(9),
  RRSIGS_MISSING(10),
  NO_ZONE_KEY_BIT(11),
  NSEC_MISSING(12),
  CACHED_ERROR(13),
  NOT_READY(14),
  BLOCKED(15),
  CENSORED(16),
  FILTERED(17),
  PROHIBITED(18),
  STALE_NXDOMAIN(19),
  NOT_AUTHORITATIVE(20),
  NOT_SUPPORTED(21),
  NO_REACHABLE_AUTHORITY(22),
  NETWORK_ERROR(23),
  INVALID_DATA(24),
  SIGNATURE_EXPIRED_BEFORE_VALID(25),
  TOO_EARLY(26),
  UNSUPPORTED_NSEC3_ITERATIONS(27),
  UNABLE_TO_CONFORM_TO_POLICY(28),
  SYNTHESIZED(29);

  private static final ExtendedError[] BY_CODE = values();

  private final int code;

  ExtendedError(int code) {
    this.code = code;
  }

  /** The number on the wire. */
  public int code() {
    return code;
  }

  /** The constant of {@code code}; {@link #OTHER} for numbers this program does not know. */
  public static ExtendedError of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : OTHER;
  }

  /** The registry's words, such as {@code no reachable authority}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
