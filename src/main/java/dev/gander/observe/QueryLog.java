package dev.gander.observe;

import dev.gander.config.Endpoint;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A line of JSON for each query, or for one of so many. Those who answer queries leave what is to
 * be written in a bounded queue and go on; what finds it full is counted and left out. Any thread.
 */
public final class QueryLog implements QueryEvents {

  private static final int QUEUE = 8192;

  private final int sample;
  private final LongSupplier epochMillis;
  private final Counters counters;
  private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(QUEUE);
  private final AtomicInteger queries = new AtomicInteger();

  @SuppressWarnings("ArrayRecordComponent") // written once, never compared
  private record Entry(
      long millis,
      Client client,
      byte[] name,
      int type,
      int rcode,
      String how,
      String from,
      long nanos) {}

  /**
   * @param sample one query of so many is logged
   * @param epochMillis the time on the wall
   */
  public QueryLog(int sample, LongSupplier epochMillis, Counters counters) {
    this.sample = sample;
    this.epochMillis = epochMillis;
    this.counters = counters;
  }

  @Override
  public void answeredNow(QueryView query, Client client, int rcode, Counter how) {
    if (isDue()) {
      byte[] name = Arrays.copyOf(query.name(), query.nameLength());
      offer(new Entry(now(), client.copy(), name, query.type(), rcode, how.text(), "", 0));
    }
  }

  @Override
  public void answered(Query query, Answer answer, Counter how, String from, long nanos) {
    if (isDue()) {
      int rcode = answer.rcode().code();
      Client client = query.client();
      offer(new Entry(now(), client, query.name(), query.type(), rcode, how.text(), from, nanos));
    }
  }

  /**
   * A query that was answered elsewhere, and chosen there.
   *
   * @param client not changed any more
   * @param name on the wire, in whatever case
   * @param how what it counted as
   */
  public void answeredElsewhere(Client client, byte[] name, int type, String how) {
    offer(new Entry(now(), client, name, type, -1, how, "kernel", 0));
  }

  private boolean isDue() {
    return sample == 1 || Math.floorMod(queries.incrementAndGet(), sample) == 0;
  }

  private long now() {
    return epochMillis.getAsLong();
  }

  private void offer(Entry entry) {
    if (!queue.offer(entry)) {
      counters.add(Counter.QUERY_LOG_LOST);
    }
  }

  /** Hands all lines that wait to {@code lines}, each with its line feed. */
  public void drain(Consumer<String> lines) {
    for (Entry entry = queue.poll(); entry != null; entry = queue.poll()) {
      lines.accept(line(entry));
    }
  }

  private static String line(Entry entry) {
    StringBuilder line = new StringBuilder(256);
    Client client = entry.client();
    line.append("{\"time\":\"").append(Instant.ofEpochMilli(entry.millis()));
    line.append("\",\"client\":\"").append(Endpoint.text(client.source().getAddress()));
    line.append("\",\"port\":").append(client.sourcePort());
    if (client.mac() != 0) {
      line.append(",\"mac\":\"").append(mac(client.mac())).append('"');
    }
    if (client.ifindex() != 0) {
      line.append(",\"ifindex\":").append(client.ifindex());
    }
    if (client.vlan() != 0) {
      line.append(",\"vlan\":").append(client.vlan());
    }
    if (client.dscp() != 0) {
      line.append(",\"dscp\":").append(client.dscp());
    }
    if (client.pid() != 0) {
      process(client, line);
    }
    line.append(",\"asked\":\"").append(Endpoint.text(client.asked().getAddress()));
    line.append("\",\"transport\":\"").append(client.transport().name().toLowerCase(Locale.ROOT));
    line.append("\",\"name\":\"");
    if (entry.name().length > 0) {
      escape(Name.toText(entry.name(), 0), line);
      line.append("\",\"type\":\"").append(RecordType.text(entry.type()));
    }
    if (entry.rcode() >= 0) {
      line.append("\",\"rcode\":\"").append(Rcode.of(entry.rcode()));
    }
    line.append("\",\"how\":\"").append(entry.how());
    if (!entry.from().isEmpty()) {
      line.append("\",\"from\":\"");
      escape(entry.from(), line);
    }
    line.append("\",\"ms\":").append(Math.round(entry.nanos() / 1e3) / 1e3).append("}\n");
    return line.toString();
  }

  private static void process(Client client, StringBuilder line) {
    line.append(",\"pid\":").append(client.pid()).append(",\"pname\":\"");
    escape(client.pname(), line);
    line.append("\",\"uid\":").append(Integer.toUnsignedLong(client.uid()));
    if (!client.cgroup().isEmpty()) {
      line.append(",\"cgroup\":\"");
      escape(client.cgroup(), line);
      line.append('"');
    }
  }

  private static String mac(long mac) {
    StringBuilder text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      text.append(text.isEmpty() ? "" : ":").append(String.format("%02x", mac >>> shift & 0xff));
    }
    return text.toString();
  }

  /** RFC 8259 section 7. */
  private static void escape(String text, StringBuilder out) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
  }
}
