package dev.gander.forward;

import dev.gander.config.DnsSettings.Upstream;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;

/** An upstream whose transport gander does not speak: every question to it fails, and says so. */
record NotSpoken(String message) implements Forwarder {

  static NotSpoken of(Upstream upstream) {
    return new NotSpoken(
        "upstream '"
            + upstream.name()
            + "' is "
            + upstream.scheme()
            + ", which this version of gander does not speak: use udp, tcp or tcp+udp");
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws UpstreamException {
    throw new UpstreamException(ExtendedError.NOT_SUPPORTED, message);
  }
}
