package dev.gander.message;

/** How long a message may be kept by those who do not look inside: HTTP's caches. */
public final class Lifetime {

  private Lifetime() {}

  /**
   * The least TTL of a message's records, RFC 8484 section 5.1; of a negative answer the least of
   * its SOA's TTL and minimum (RFC 2308 section 5).
   *
   * @return seconds; 0 if there is no record, or the message does not parse
   */
  public static int seconds(byte[] message) {
    int least = -1;
    int at = afterQuestions(message);
    int count =
        at < 0
            ? 0
            : Wire.u16(message, Wire.ANCOUNT)
                + Wire.u16(message, Wire.NSCOUNT)
                + Wire.u16(message, Wire.ARCOUNT);
    for (int i = 0; i < count; i++) {
      int type = Records.skipName(message, at, message.length);
      if (type < 0 || type + 10 > message.length) {
        return 0;
      }
      int end = Records.end(message, type + 4);
      if (end > message.length) {
        return 0;
      }
      if (Wire.u16(message, type) != RecordType.OPT) {
        int ttl = Records.ttl(message, type + 4);
        least = least < 0 ? ttl : Math.min(least, ttl);
        if (Wire.u16(message, type) == RecordType.SOA && end - type >= 14) {
          least = Math.min(least, Records.ttl(message, end - 4));
        }
      }
      at = end;
    }
    return Math.max(0, least);
  }

  private static int afterQuestions(byte[] message) {
    if (message.length < Wire.HEADER) {
      return -1;
    }
    int at = Wire.HEADER;
    for (int i = Wire.u16(message, Wire.QDCOUNT); i > 0; i--) {
      int name = Records.skipName(message, at, message.length);
      if (name < 0 || name + 4 > message.length) {
        return -1;
      }
      at = name + 4;
    }
    return at;
  }
}
