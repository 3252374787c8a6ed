package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import java.io.IOException;
import java.util.List;

/** An upstream group: each member in turn has an equal share of the time that is left. */
record MembersInTurn(String name, List<Forwarder> members, Clock clock) implements Forwarder {

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    IOException failure =
        new UpstreamException(ExtendedError.OTHER, "upstream group '" + name + "' has no members");
    for (int i = 0; i < members.size(); i++) {
      long now = clock.nanoTime();
      long share = Math.max(0, deadlineNanos - now) / (members.size() - i);
      try {
        return members.get(i).forward(query, now + share);
      } catch (IOException e) {
        failure = e;
      }
    }
    throw failure;
  }

  @Override
  public void close() {
    members.forEach(Forwarder::close);
  }
}
