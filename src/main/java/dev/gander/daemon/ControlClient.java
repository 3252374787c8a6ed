package dev.gander.daemon;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Asks a running daemon through the control socket of its run-time directory. Any thread. */
public final class ControlClient {

  /** For an answer that needs no waiting. */
  private static final Duration ANSWERING = Duration.ofSeconds(5);

  private final Path directory;

  public ControlClient(Path directory) {
    this.directory = directory;
  }

  /** What {@code gander status --json} prints. */
  public Map<String, Object> status(Duration patience) throws IOException, StartException {
    return ask(Map.of("command", "status"), patience, line -> {});
  }

  /** What would become of a question: what {@code gander explain NAME --json} prints. */
  public Map<String, Object> explain(AskedQuery asked, Duration patience)
      throws IOException, StartException {
    return ask(asked.request(), patience, line -> {});
  }

  /** What {@code gander leaks --json} prints. */
  public Map<String, Object> leaks(Duration patience) throws IOException, StartException {
    return ask(Map.of("command", "leaks"), patience, line -> {});
  }

  /**
   * What {@code gander probe --json} prints.
   *
   * @param group empty for all that are in use
   * @param patience how long the daemon may check; zero: it tells what it knows
   */
  public Map<String, Object> probe(String group, Duration patience)
      throws IOException, StartException {
    Map<String, Object> request =
        Map.of("command", "probe", "group", group, "seconds", patience.toSeconds());
    return ask(request, patience.plus(ANSWERING), line -> {});
  }

  /**
   * What {@link UpstreamCheck#row} makes of each upstream, asked by the daemon.
   *
   * @param patience how long the daemon may wait for their answers
   */
  public Map<String, Object> check(Duration patience) throws IOException, StartException {
    return ask(Map.of("command", "check"), patience.plus(ANSWERING), line -> {});
  }

  /**
   * Asks for a reload and waits for its outcome.
   *
   * @param abort do not wait for queries in flight
   * @param watcher is told each step, the final one too
   */
  public Progress reload(boolean abort, Duration patience, Consumer<Progress> watcher)
      throws IOException, StartException {
    return change("reload", abort, patience, watcher);
  }

  /** As {@link #reload}, for the empty configuration. */
  public Progress suspend(boolean abort, Duration patience, Consumer<Progress> watcher)
      throws IOException, StartException {
    return change("suspend", abort, patience, watcher);
  }

  private Progress change(
      String command, boolean abort, Duration patience, Consumer<Progress> watcher)
      throws IOException, StartException {
    Map<String, Object> last =
        ask(
            Map.of("command", command, "abort", abort),
            patience,
            line -> watcher.accept(progress(line)));
    Progress outcome = progress(last);
    return switch (outcome.code()) {
      case DONE, ERROR, BUSY -> outcome;
      case SEND, PROCESSING ->
          throw new IOException("the daemon ended before it was done: its log says why");
    };
  }

  private static Progress progress(Map<String, Object> line) {
    return new Progress(
        Progress.Code.valueOf(String.valueOf(line.get("progress"))),
        String.valueOf(line.getOrDefault("text", "")));
  }

  /** The last line of the answer; every line, the last too, goes to {@code watcher} first. */
  private Map<String, Object> ask(
      Map<String, ?> request, Duration patience, Consumer<Map<String, Object>> watcher)
      throws IOException, StartException {
    try (SocketChannel channel = connect()) {
      FutureTask<Map<String, Object>> answer =
          new FutureTask<>(() -> exchange(channel, request, watcher));
      Thread.ofVirtual().name("gander-control-answer").start(answer);
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "the daemon did not finish within " + patience.toSeconds() + " s; it may still do so", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException("control socket: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the daemon", e);
    }
  }

  private SocketChannel connect() throws IOException, StartException {
    Path path = RuntimeFiles.controlSocket(directory);
    if (!Files.exists(path)) {
      throw notRunning("no gander runs with the run-time directory " + directory);
    }
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(path));
      return channel;
    } catch (ConnectException e) {
      channel.close();
      throw notRunning("the gander of the run-time directory " + directory + " has died");
    } catch (SocketException e) {
      channel.close();
      throw new StartException(
          "cannot talk to the daemon through "
              + path
              + ": "
              + Failures.reason(e)
              + "; only its own user and root may",
          e);
    }
  }

  private static StartException notRunning(String what) {
    return new StartException(
        what + "; start one with `gander run`, or name another directory with --runtime-dir DIR");
  }

  private static Map<String, Object> exchange(
      SocketChannel channel, Map<String, ?> request, Consumer<Map<String, Object>> watcher)
      throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap((Json.write(request) + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
    Map<String, Object> last = Map.of();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      last = Json.parseObject(line);
      if (last.get("error") instanceof String error) {
        throw new IOException("the daemon answered: " + error);
      }
      watcher.accept(last);
    }
    if (last.isEmpty()) {
      throw new IOException("the daemon ended without an answer");
    }
    return last;
  }
}
