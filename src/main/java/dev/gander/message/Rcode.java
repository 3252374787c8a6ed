package dev.gander.message;

/**
 * A response code of 12 bits: four from the header, eight from OPT (RFC 6891 § 6.1.3). Compare with
 * {@code equals}; codes nobody named are values too.
 */
public record Rcode(int code) {

  public static final Rcode NOERROR = new Rcode(0);
  public static final Rcode FORMERR = new Rcode(1);
  public static final Rcode SERVFAIL = new Rcode(2);
  public static final Rcode NXDOMAIN = new Rcode(3);
  public static final Rcode NOTIMP = new Rcode(4);
  public static final Rcode REFUSED = new Rcode(5);
  public static final Rcode BADVERS = new Rcode(16);

  private static final Rcode[] COMMON = common();

  private static final String[] NAMES = {
    "NOERROR",
    "FORMERR",
    "SERVFAIL",
    "NXDOMAIN",
    "NOTIMP",
    "REFUSED",
    "YXDOMAIN",
    "YXRRSET",
    "NXRRSET",
    "NOTAUTH",
    "NOTZONE",
    "DSOTYPENI"
  };

  /** The value of {@code code}, 0 to 4095; allocates nothing below 24. */
  public static Rcode of(int code) {
    return code < COMMON.length ? COMMON[code] : new Rcode(code);
  }

  /** The mnemonic of the IANA registry, or {@code RCODE} and the number. */
  @Override
  public String toString() {
    if (code < NAMES.length) {
      return NAMES[code];
    }
    return switch (code) {
      case 16 -> "BADVERS";
      case 23 -> "BADCOOKIE";
      default -> "RCODE" + code;
    };
  }

  private static Rcode[] common() {
    Rcode[] table = new Rcode[24];
    for (int code = 0; code < table.length; code++) {
      table[code] = new Rcode(code);
    }
    return table;
  }
}
