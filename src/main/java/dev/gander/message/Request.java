package dev.gander.message;

/**
 * What is asked and how: all that rules, cache and answers must know of a query. Both forms of a
 * query have it: the reusable view and the immutable copy.
 */
public sealed interface Request permits QueryView, Query {

  /** Largest UDP answer, whatever a client offers: no fragments on any usual path. */
  int MAX_UDP_ANSWER = 1232;

  /** The lower-cased wire name, root label included, from index 0 on; read only. */
  byte[] name();

  /** Bytes of {@link #name()} that count. */
  int nameLength();

  /** {@link java.util.Arrays#hashCode(byte[])} of the lower-cased wire name. */
  int nameHash();

  /** See {@link RecordType}. */
  int type();

  int qclass();

  int id();

  /** RD: the client wants the question asked further. */
  boolean recursionDesired();

  /** CD: the client checks DNSSEC itself. */
  boolean checkingDisabled();

  /** AD in a query: the client understands AD in the answer, RFC 6840 § 5.7. */
  boolean authenticData();

  /** Whether the query had an OPT record. */
  boolean edns();

  /** DO: the client wants DNSSEC records, RFC 3225. */
  boolean dnssecOk();

  /** The largest UDP payload the client takes, at least 512. */
  int udpSize();

  /** Bytes of the question on the wire: name, type and class. */
  int questionLength();

  /** Bytes of the client subnet that the answer repeats, code and length included; 0 for none. */
  int subnetBytes();

  /** Copies the client subnet option as the client wrote it, but for the scope. */
  void copySubnet(byte[] out, int at);

  /** Copies the question as the client wrote it. */
  void copyQuestion(byte[] out, int at);

  /** The most bytes an answer to this request may have on {@code transport}. */
  default int answerLimit(Transport transport) {
    return transport == Transport.UDP ? Math.min(udpSize(), MAX_UDP_ANSWER) : 0xffff;
  }
}
