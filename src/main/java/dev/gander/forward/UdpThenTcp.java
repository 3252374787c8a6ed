package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.Query;
import java.io.IOException;

/** {@code tcp+udp://}: UDP for the first third of the time, which is several tries; then TCP. */
record UdpThenTcp(UdpForwarder udp, TcpForwarder tcp, Clock clock) implements Forwarder {

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    long now = clock.nanoTime();
    try {
      return udp.forward(query, now + Math.max(0, deadlineNanos - now) / 3);
    } catch (IOException first) {
      try {
        return tcp.forward(query, deadlineNanos);
      } catch (IOException second) {
        second.addSuppressed(first);
        throw second;
      }
    }
  }

  @Override
  public void close() {
    udp.close();
    tcp.close();
  }
}
