package dev.gander.forward;

import dev.gander.message.ExtendedError;
import dev.gander.message.Rcode;

/** What is done about a response code. */
enum Reaction {
  /** It is the answer. */
  TAKE,
  /** The server may not know EDNS: it is asked the same without OPT (RFC 6891 § 7). */
  ASK_WITHOUT_EDNS,
  /** This server cannot or will not say; another address of the upstream may. */
  ASK_ANOTHER;

  /** Beyond the header's four bits, codes are about the hop they were sent over. */
  private static final int OUR_HOP = 16;

  /**
   * @param withEdns whether the query had OPT
   */
  static Reaction to(Rcode rcode, boolean withEdns) {
    if (rcode.equals(Rcode.NOERROR) || rcode.equals(Rcode.NXDOMAIN)) {
      return TAKE;
    }
    boolean unread =
        rcode.equals(Rcode.FORMERR) || rcode.equals(Rcode.NOTIMP) || rcode.equals(Rcode.BADVERS);
    if (unread && withEdns) {
      return ASK_WITHOUT_EDNS;
    }
    boolean failed = rcode.equals(Rcode.SERVFAIL) || rcode.equals(Rcode.REFUSED);
    return unread || failed || rcode.code() >= OUR_HOP ? ASK_ANOTHER : TAKE;
  }

  /**
   * Codes such as BADCOOKIE mean nothing to a client that did not send what they complain of.
   *
   * @throws UpstreamException if {@code rcode} is one
   */
  static void mustNotBeAboutOurHop(Rcode rcode, String upstream) throws UpstreamException {
    if (rcode.code() >= OUR_HOP) {
      throw new UpstreamException(
          ExtendedError.OTHER, "upstream '" + upstream + "' answered " + rcode);
    }
  }
}
