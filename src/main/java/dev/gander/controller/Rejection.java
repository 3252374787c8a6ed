package dev.gander.controller;

import dev.gander.config.DnsSettings.RejectAnswer;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;

/** What {@code reject_answer} says to the client, made once: these answers fit every question. */
final class Rejection {

  /** Clients ask no sooner again; a changed rule reaches them no later. */
  static final int TTL_SECONDS = 60;

  private static final String TEXT = "rejected by a rule";

  private final Answer toAddress4;
  private final Answer toAddress6;
  private final Answer toOthers;

  Rejection(RejectAnswer kind) {
    Answer nodata = Answer.negative(Rcode.NOERROR, TTL_SECONDS, ExtendedError.BLOCKED, TEXT);
    toOthers =
        switch (kind) {
          case NODATA, ZERO -> nodata;
          case NXDOMAIN ->
              Answer.negative(Rcode.NXDOMAIN, TTL_SECONDS, ExtendedError.BLOCKED, TEXT);
          case REFUSED -> Answer.failure(Rcode.REFUSED, ExtendedError.BLOCKED, TEXT);
        };
    boolean zero = kind == RejectAnswer.ZERO;
    toAddress4 = zero ? unspecified(RecordType.A) : toOthers;
    toAddress6 = zero ? unspecified(RecordType.AAAA) : toOthers;
  }

  /** The answer to a question of this type. */
  Answer answer(int type) {
    return switch (type) {
      case RecordType.A -> toAddress4;
      case RecordType.AAAA -> toAddress6;
      default -> toOthers;
    };
  }

  private static Answer unspecified(int type) {
    return Answer.unspecifiedAddress(type, TTL_SECONDS, ExtendedError.BLOCKED, TEXT);
  }
}
