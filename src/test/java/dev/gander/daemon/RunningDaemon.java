package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.clock.Eventually;
import dev.gander.config.ConfigException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** A daemon in this process, with its file and its directory. */
final class RunningDaemon implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path folder;
  private final Daemon daemon;
  private final CompletableFuture<Void> life = new CompletableFuture<>();

  private RunningDaemon(Path folder) {
    this.folder = folder;
    daemon = daemon(folder);

    Thread.ofPlatform()
        .name("test-daemon")
        .start(() -> {
          try {
            daemon.run();
            life.complete(null);
          } catch (ConfigException | StartException | RuntimeException e) {
            life.completeExceptionally(e);
          }
        });
  }

  /** One that has not begun. */
  static Daemon daemon(Path folder) {
    LogOptions log = new LogOptions(Optional.empty(), 1, 0, false, false);
    return new Daemon(
        new RunOptions(
            Optional.of(file(folder)),
            run(folder),
            Optional.of(state(folder)),
            true,
            log,
            Map.of()),
        Clock.system());
  }

  /** Starts one in {@code folder} and waits until it serves. */
  static RunningDaemon start(Path folder, String configuration) throws Exception {
    write(folder, configuration);
    RunningDaemon running = new RunningDaemon(folder);
    Eventually.holds(running::isServing);
    if (running.life.isDone()) {
      running.life.join();
      throw new IllegalStateException("the daemon ended at once");
    }
    return running;
  }

  /** Or has ended already. */
  private boolean isServing() {
    try {
      return life.isDone() || !status().isEmpty();
    } catch (IOException | StartException e) {
      return false;
    }
  }

  private static Path file(Path folder) {
    return folder.resolve("test.dae");
  }

  /** Where it keeps its cache. */
  static Path state(Path folder) {
    return folder.resolve("state");
  }

  static Path run(Path folder) {
    return folder.resolve("run");
  }

  static void write(Path folder, String configuration) throws IOException {
    Files.writeString(file(folder), configuration);
    Files.setPosixFilePermissions(file(folder), PosixFilePermissions.fromString("rw-r-----"));
  }

  /** A file that listens on {@code bind} and asks {@code upstream}; {@code rules} come first. */
  static String configuration(String bind, int upstreamPort, String rules) {
    return """
    global { log_level: warn }
    dns {
      bind: '%s'
      upstream { it: 'udp://127.0.0.1:%d' }
      routing {
        request {
          %s
          fallback: it
        }
      }
    }
    routing { fallback: direct }
    """
        .formatted(bind, upstreamPort, rules);
  }

  ControlClient control() {
    return new ControlClient(run(folder));
  }

  /** What a counter stands at; 0 if there is none of that name. */
  long counter(String name) throws IOException, StartException {
    return status().get("queries") instanceof Map<?, ?> counters
            && counters.get(name) instanceof Number number
        ? number.longValue()
        : 0;
  }

  Map<String, Object> status() throws IOException, StartException {
    return control().status(PATIENCE);
  }

  Progress reload(String configuration) throws IOException, StartException {
    write(folder, configuration);
    return control().reload(false, PATIENCE, step -> {});
  }

  List<String> listeners() throws IOException, StartException {
    return status().get("listeners") instanceof List<?> listeners
        ? listeners.stream().map(String::valueOf).toList()
        : List.of();
  }

  InetSocketAddress udp() throws IOException, StartException {
    return endpoint("udp ");
  }

  InetSocketAddress endpoint(String protocol) throws IOException, StartException {
    String listener =
        listeners().stream().filter(it -> it.startsWith(protocol)).findFirst().orElseThrow();
    int port = Integer.parseInt(listener.substring(listener.lastIndexOf(':') + 1));
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** The one record's data, or the response code where there is none. */
  static String ask(InetSocketAddress server, String name, boolean tcp) throws IOException {
    SimpleResolver resolver = new SimpleResolver(server);
    resolver.setTimeout(PATIENCE);
    resolver.setTCP(tcp);
    Message query =
        Message.newQuery(Record.newRecord(Name.fromString(name + "."), Type.A, DClass.IN));
    List<Record> answer = resolver.send(query).getSection(Section.ANSWER);
    return answer.isEmpty() ? "nothing" : answer.getFirst().rdataToString();
  }

  String ask(String name) throws IOException, StartException {
    return ask(udp(), name, false);
  }

  @Override
  public void close() {
    daemon.end();
    life.handle((_, failure) -> failure == null).join();
  }
}
