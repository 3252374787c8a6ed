package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.GlobalSettings;
import dev.gander.intercept.AnsweredQuery;
import dev.gander.message.Client;
import dev.gander.observe.Counters;
import dev.gander.observe.QueryLog;
import dev.gander.publish.Publisher;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * The query log of one generation: ten times a second what has been answered, here and in the
 * kernel, goes into the file. On a virtual thread of the generation's.
 */
final class QueryLogging implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final long MAX_BYTES = 64L << 20;
  private static final int MAX_BACKUPS = 3;
  private static final int DNS_PORT = 53;

  private final QueryLog log;
  private final LogFile file;
  private final Publisher publisher;
  private final Clock clock;

  private QueryLogging(QueryLog log, LogFile file, Publisher publisher, Clock clock) {
    this.log = log;
    this.file = file;
    this.publisher = publisher;
    this.clock = clock;
  }

  /** Null where the configuration names no file, or it cannot be written, which is told. */
  static @Nullable QueryLogging open(
      GlobalSettings settings, Publisher publisher, Counters counters, Clock clock) {
    if (settings.queryLog().isEmpty()) {
      return null;
    }
    try {
      LogFile file =
          new LogFile(
              Path.of(settings.queryLog()),
              MAX_BYTES,
              MAX_BACKUPS,
              new Formatter() {
                @Override
                public String format(LogRecord line) {
                  return line.getMessage();
                }
              });
      QueryLog log = new QueryLog(settings.logSample(), clock::epochMillis, counters);
      return new QueryLogging(log, file, publisher, clock);
    } catch (IOException | RuntimeException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "query_log: cannot write {0} ({1}); queries are not logged",
          settings.queryLog(),
          e);
      return null;
    }
  }

  QueryLog log() {
    return log;
  }

  /** Until interrupted. */
  void run() {
    try {
      while (true) {
        clock.sleep(PAUSE);
        write();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void write() {
    publisher.takeSamples(this::take);
    log.drain(line -> file.publish(new LogRecord(Level.INFO, line)));
  }

  private void take(AnsweredQuery query) {
    Client client = new Client();
    client.setSource(new InetSocketAddress(query.client(), query.port()));
    client.setAsked(new InetSocketAddress(query.asked(), DNS_PORT));
    client.setIfindex(query.ifindex());
    client.setMac(query.mac());
    client.setVlan(query.vlan());
    client.setDscp(query.dscp());
    client.setProcess(query.pid(), query.process());
    client.setOwner(query.uid(), query.cgroupId(), query.cgroup());
    client.setIntercepted(true);
    log.answeredElsewhere(client, query.name(), query.type(), query.how());
  }

  /** Writes what is left. */
  @Override
  public void close() {
    write();
    file.close();
  }
}
