package dev.gander.controller;

import dev.gander.message.Answer;
import dev.gander.observe.Counter;

/**
 * What came of a query.
 *
 * @param how what it counts as
 * @param from who gave it: an upstream's name, {@code asis}, {@code cache}, {@code rule} or {@code
 *     gander}
 */
record Landing(Answer answer, Counter how, String from) {

  static Landing upstream(Answer answer, String upstream) {
    return new Landing(answer, Counter.ANSWERED_FROM_UPSTREAM, upstream);
  }

  static Landing cached(Answer answer) {
    return new Landing(answer, Counter.ANSWERED_FROM_CACHE, "cache");
  }

  static Landing stale(Answer answer) {
    return new Landing(answer, Counter.ANSWERED_STALE, "cache");
  }

  static Landing preferred(Answer answer) {
    return new Landing(answer, Counter.ANSWERED_BY_PREFERENCE, "rule");
  }

  static Landing rejected(Answer answer) {
    return new Landing(answer, Counter.ANSWERED_BY_RULE, "rule");
  }

  static Landing failed(Answer answer) {
    return new Landing(answer, Counter.ANSWERED_FAILURE, "gander");
  }
}
