package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.clock.FakeClock;
import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.config.DnsSettings;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.message.Answer;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.observe.Counters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** gander's upstream side on real sockets, by the system's clock, and a certificate authority. */
final class EncryptedClient implements AutoCloseable {

  static final Clock CLOCK = Clock.system();

  final TestCertificates certificates;
  final Counters counters = new Counters();
  final Dialer dialer;
  final Clock clock;
  private final Path directory;
  private final ConcurrentLinkedQueue<ConfiguredUpstreams> made = new ConcurrentLinkedQueue<>();

  /**
   * @param directory files that options name count from here; {@code authority.pem} is written
   */
  EncryptedClient(Path directory) {
    this(directory, CLOCK);
  }

  EncryptedClient(Path directory, Clock clock) {
    this(directory, clock, certificates(directory));
  }

  private EncryptedClient(Path directory, Clock clock, TestCertificates certificates) {
    this.directory = directory;
    this.clock = clock;
    this.certificates = certificates;
    dialer =
        new Dialer(
            SocketMark.of(0),
            clock,
            Thread.ofPlatform().daemon().factory(),
            new SecureRandom(),
            counters);
  }

  private static TestCertificates certificates(Path directory) {
    try {
      return new TestCertificates(directory);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Another for which time stands still: nobody is late, however slow this machine is. */
  EncryptedClient still() {
    return by(new FakeClock());
  }

  /** Another by that clock. */
  EncryptedClient by(Clock other) {
    return new EncryptedClient(directory, other, certificates);
  }

  /** The upstream {@code up}; closed with this. */
  ConfiguredUpstreams upstreams(String url) {
    return upstreams(url, Optional.empty());
  }

  /** The same, asked by the traffic rules. */
  ConfiguredUpstreams upstreams(String url, Optional<Exits> exits) {
    ConfiguredUpstreams upstreams =
        new ConfiguredUpstreams(
            settings(url),
            TestBootstrap.of(
                List.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1)),
                dialer,
                counters),
            dialer,
            exits,
            clock,
            task -> Thread.ofVirtual().start(task),
            counters);
    made.add(upstreams);
    return upstreams;
  }

  DnsSettings settings(String url) {
    String text = "global { } dns { upstream { up: '" + url + "' } } routing { fallback: direct }";
    try {
      return ConfigFile.parse(text, directory.resolve("test.dae").toString()).settings().dns();
    } catch (ConfigException e) {
      throw new AssertionError(e);
    }
  }

  static Answer ask(ConfiguredUpstreams upstreams, String name) throws Exception {
    return ask(upstreams, name, CLOCK);
  }

  /** Asks upstreams that were made for this clock. */
  static Answer ask(ConfiguredUpstreams upstreams, String name, Clock clock) throws Exception {
    return upstreams
        .ask(query(name), "up", clock.nanoTime() + TimeUnit.SECONDS.toNanos(20))
        .answer();
  }

  static Query query(String name) {
    return Query.own(Question.of(name, RecordType.A), false);
  }

  @Override
  public void close() {
    made.forEach(ConfiguredUpstreams::close);
    dialer.close();
  }
}
