package dev.gander.daemon;

import dev.gander.clock.FakeClock;
import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.controller.QueryController;
import dev.gander.dial.FakeNetwork;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.message.Client;
import dev.gander.message.QueryView;
import dev.gander.message.Transport;
import dev.gander.observe.Counters;
import dev.gander.publish.Publisher;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * gander without a kernel: the generations of the daemon, wired as in the daemon, on a clock and a
 * network that a test moves. Queries come in as listeners hand them over.
 */
public final class StoryGander implements AutoCloseable {

  private final FakeClock clock;
  private final Path folder;
  private final Counters counters = new Counters();
  private final Surroundings surroundings;
  private final Publisher publisher;
  private Generation current;

  /**
   * @param text the configuration
   * @param folder where geodata lie
   * @param interfaces names by index
   */
  public StoryGander(
      String text,
      String name,
      Path folder,
      FakeClock clock,
      FakeNetwork network,
      Map<Integer, String> interfaces)
      throws ConfigException {
    this.clock = clock;
    this.folder = folder;
    surroundings =
        new Surroundings(
            clock,
            (mark, generation, of) -> network.dialer(new Dice(), of),
            () -> new Workers(clock),
            index -> interfaces.getOrDefault(index, ""),
            folder.resolve("hosts"));
    publisher = new Publisher(clock, interfaceName -> 0);
    current = Generation.build(loaded(text, name), null, counters, surroundings, publisher);
  }

  private ConfigurationSource.Loaded loaded(String text, String name) throws ConfigException {
    ConfigFile file = ConfigFile.parse(text + missingSections(text), name);
    return ConfigurationSource.Loaded.of(
        name, file.settings(), file.warnings(), new GeoDataFiles(List.of(folder)));
  }

  /** Sections that every file must have and few stories care about; behind, so that lines count. */
  private static String missingSections(String text) {
    return Stream.of("global", "routing")
        .filter(section -> !text.matches("(?s)(.*\\n)?\\s{0,4}" + section + "\\s*\\{.*"))
        .map(section -> "\n" + section + " { }")
        .collect(Collectors.joining());
  }

  /** What {@code gander reload} does. */
  public void reload(String text, String name) throws ConfigException {
    Generation before = current;
    current = Generation.build(loaded(text, name), before, counters, surroundings, publisher);
    before.close();
  }

  /**
   * One message of a client, as a listener takes it.
   *
   * @param reply is handed the answer, at once or later on another thread; empty if there will be
   *     none
   */
  public void receive(byte[] message, Client client, Consumer<byte[]> reply) {
    QueryController controller = current.controller();
    QueryView view = new QueryView();
    view.parse(message, 0, message.length);
    byte[] out = new byte[client.transport() == Transport.TCP ? 0xffff : 1232];
    int length = controller.answerNow(view, client, out);
    if (length == QueryController.ASK) {
      QueryController.Pending pending = controller.pending(view, client.copy());
      Thread _ =
          clock.startWorker(() ->
              controller.answer(
                  pending,
                  answer -> {
                    byte[] late = new byte[out.length];
                    reply.accept(Arrays.copyOf(late, answer.writeTo(pending.query(), late)));
                  }));
    } else {
      reply.accept(Arrays.copyOf(out, Math.max(0, length)));
    }
  }

  public Counters counters() {
    return counters;
  }

  public int inFlight() {
    return current.controller().inFlight();
  }

  @Override
  public void close() {
    current.close();
  }

  /** The same numbers each time. */
  private static final class Dice extends SecureRandom {
    private final transient Random random = new Random(1);

    @Override
    public void nextBytes(byte[] bytes) {
      random.nextBytes(bytes);
    }
  }

  /** Threads the clock knows of. */
  private static final class Workers extends AbstractExecutorService {

    private final FakeClock clock;
    private final List<Thread> threads = new java.util.concurrent.CopyOnWriteArrayList<>();
    private volatile boolean closed;

    Workers(FakeClock clock) {
      this.clock = clock;
    }

    @Override
    public void execute(Runnable task) {
      if (closed) {
        throw new RejectedExecutionException("closed");
      }
      threads.add(clock.startWorker(task));
    }

    @Override
    public void shutdown() {
      closed = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      closed = true;
      threads.forEach(Thread::interrupt);
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return closed;
    }

    @Override
    public boolean isTerminated() {
      return closed && threads.stream().noneMatch(Thread::isAlive);
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
      clock.settle();
      return isTerminated();
    }
  }
}
