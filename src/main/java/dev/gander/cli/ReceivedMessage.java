package dev.gander.cli;

import java.util.List;
import java.util.Optional;

/** A DNS message as people read it; {@link MessageReader} makes one from wire bytes. */
record ReceivedMessage(
    int id,
    List<String> flags,
    String status,
    List<QuestionLine> questions,
    List<RecordLine> answer,
    List<RecordLine> authority,
    List<RecordLine> additional,
    Optional<Edns> edns) {

  /** One question; the name ends with a dot. */
  record QuestionLine(String name, String type, String recordClass) {}

  /**
   * One record; names end with a dot.
   *
   * @param data presentation form, or RFC 3597's {@code \# LENGTH HEX} for types we do not spell
   */
  record RecordLine(String name, long ttl, String recordClass, String type, String data) {}

  /** What OPT said; {@code options} are lines for people, such as {@code EDE: 15 (blocked)}. */
  record Edns(int version, int udpSize, boolean dnssecOk, List<String> options) {}

  boolean truncated() {
    return flags.contains("tc");
  }
}
