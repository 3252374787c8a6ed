package dev.gander.demo;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.daemon.ControlClient;
import dev.gander.daemon.Daemon;
import dev.gander.daemon.LogOptions;
import dev.gander.daemon.RunOptions;
import dev.gander.daemon.StartException;
import dev.gander.tls.SelfSigned;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * Runs a whole daemon on loopback for a moment and asks it questions, so that the JVM can record
 * ({@code -XX:AOTCacheOutput}) what a start and a few thousand queries need.
 */
public final class WarmUp {

  private static final int QUERIES = 3000;
  private static final int NAMES = 300;

  /** Enough that the JVM's record holds the profiles by which it compiles the hot paths early. */
  private static final int FLOOD = 60_000;

  /** The same for each encrypted transport. */
  private static final int ENCRYPTED_FLOOD = 10_000;

  private static final List<String> DOORS = List.of("tls", "https", "quic", "h3");
  private static final String NAME = "warmup.test";

  /** Questions of the flood under way at one time. */
  private static final int WINDOW = 32;

  private static final int TCP_QUERIES = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Clock clock;
  private final Path folder;

  private WarmUp(Clock clock, Path folder) {
    this.clock = clock;
    this.folder = folder;
  }

  /**
   * Takes a few seconds.
   *
   * @return how many questions were answered
   * @throws StartException if the daemon did not come up
   */
  public static int run(Clock clock) throws IOException, StartException {
    Path folder = Files.createTempDirectory("gander-warmup-");
    try (LoopbackServer upstream = LoopbackServer.start()) {
      return new WarmUp(clock, folder).run(upstream);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      Lab.removeFolder(folder);
    }
  }

  private int run(LoopbackServer upstream)
      throws IOException, StartException, InterruptedException {
    String plain = LoopbackStory.configuration(upstream.port(), 0);
    return with("plain", plain, listeners -> ask(listeners, FLOOD)) + askEncrypted(upstream);
  }

  /**
   * One daemon asks another, by each encrypted transport: what one answers to a first burst of
   * questions must not depend on whether the JVM has compiled TLS yet.
   */
  private int askEncrypted(LoopbackServer upstream)
      throws IOException, StartException, InterruptedException {
    SelfSigned.make(List.of(NAME), List.of(), Duration.ofDays(1))
        .write(folder.resolve("cert.pem"), folder.resolve("key.pem"));
    String server =
        LoopbackStory.configuration(upstream.port(), 0)
            .replaceFirst(
                "bind: .*",
                DOORS.stream()
                    .map(it -> "'" + it + "://127.0.0.1:0?cert=cert.pem&key=key.pem'")
                    .collect(Collectors.joining(", ", "bind: ", "")));
    return with(
        "server",
        server,
        doors -> {
          int answered = 0;
          for (String door : doors) {
            String scheme = door.substring(0, door.indexOf(' '));
            String url = scheme + "://127.0.0.1:" + port(door) + "?verify=none&sni=" + NAME;
            String client =
                LoopbackStory.configuration(0, 0)
                    .replace("loopback: 'udp://127.0.0.1:0'", "loopback: '" + url + "'");
            answered += with(scheme, client, listeners -> ask(listeners, ENCRYPTED_FLOOD));
          }
          return answered;
        });
  }

  /** What is done with a daemon that runs; told its listeners. */
  @FunctionalInterface
  private interface Work {
    int with(List<String> listeners) throws IOException, StartException, InterruptedException;
  }

  private int with(String name, String configuration, Work work)
      throws IOException, StartException, InterruptedException {
    Path file = folder.resolve(name + ".dae");
    Files.writeString(file, configuration);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    LogOptions log =
        new LogOptions(Optional.of(folder.resolve(name + ".log")), Long.MAX_VALUE, 0, true, false);
    Path runtime = folder.resolve(name);
    Daemon daemon =
        new Daemon(
            new RunOptions(Optional.of(file), runtime, Optional.empty(), true, log, Map.of()),
            clock);
    AtomicReference<Exception> failure = new AtomicReference<>();
    Thread life =
        Thread.ofPlatform()
            .start(() -> {
              try {
                daemon.run();
              } catch (ConfigException | StartException e) {
                failure.set(e);
              }
            });
    int answered;
    try {
      answered = work.with(listeners(new ControlClient(runtime), life));
    } finally {
      daemon.end();
      life.join();
    }
    Exception ended = failure.get();
    if (ended != null) {
      throw new StartException("the warm-up's daemon failed: " + ended.getMessage(), ended);
    }
    return answered;
  }

  private List<String> listeners(ControlClient control, Thread life)
      throws InterruptedException, StartException {
    long deadline = clock.nanoTime() + PATIENCE.toNanos();
    while (life.isAlive() && clock.nanoTime() < deadline) {
      try {
        if (control.status(PATIENCE).get("listeners") instanceof List<?> listeners) {
          return listeners.stream().map(String::valueOf).toList();
        }
      } catch (IOException | StartException e) {
        clock.sleep(Duration.ofMillis(10)); // not up yet
      }
    }
    throw new StartException("the warm-up's daemon did not come up");
  }

  private static int port(String listener) {
    return Integer.parseInt(listener.substring(listener.lastIndexOf(':') + 1));
  }

  /**
   * @param flood questions by UDP, many at once
   */
  private static int ask(List<String> listeners, int flood) throws IOException {
    int answered = 0;
    for (String listener : listeners) {
      InetSocketAddress server =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port(listener));
      answered += listener.startsWith("udp") ? askUdp(server, flood) : askTcp(server);
    }
    return answered;
  }

  private static int askUdp(InetSocketAddress server, int flood) throws IOException {
    int answered = 0;
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(server);
      socket.setSoTimeout(200);
      DatagramPacket answer = new DatagramPacket(new byte[2048], 2048);
      for (int i = 0; i < QUERIES; i++) {
        byte[] query = query(i, i % NAMES);
        socket.send(new DatagramPacket(query, query.length));
        answered += received(socket, answer);
      }
      for (int i = 0; i < flood; i += WINDOW) {
        answered += askWindow(socket, answer, i);
      }
    }
    return answered;
  }

  /** Half of the names are new, half are in the cache. */
  private static int askWindow(DatagramSocket socket, DatagramPacket answer, int first)
      throws IOException {
    for (int i = first; i < first + WINDOW; i++) {
      byte[] query = query(i, i % 2 == 0 ? NAMES + i : i % NAMES);
      socket.send(new DatagramPacket(query, query.length));
    }
    int answered = 0;
    while (answered < WINDOW && received(socket, answer) == 1) {
      answered++;
    }
    return answered;
  }

  /** 1 or 0: one lost packet is no reason to fail. */
  private static int received(DatagramSocket socket, DatagramPacket answer) throws IOException {
    try {
      socket.receive(answer);
      return 1;
    } catch (SocketTimeoutException e) {
      return 0;
    }
  }

  private static int askTcp(InetSocketAddress server) throws IOException {
    try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      for (int i = 0; i < TCP_QUERIES; i++) {
        byte[] query = query(i, i % NAMES);
        out.writeShort(query.length);
        out.write(query);
        in.readNBytes(in.readUnsignedShort());
      }
      return TCP_QUERIES;
    }
  }

  /** Every other has OPT. */
  private static byte[] query(int number, int name) {
    byte[] label = ("name" + name).getBytes(StandardCharsets.US_ASCII);
    ByteBuffer out = ByteBuffer.allocate(64);
    out.putShort((short) number).putShort((short) 0x0100);
    out.putShort((short) 1).putInt(0).putShort((short) (number % 2));
    out.put((byte) label.length)
        .put(label)
        .put((byte) 7)
        .put("example".getBytes(StandardCharsets.US_ASCII));
    out.put((byte) 0).putShort((short) (number % 3 == 0 ? 28 : 1)).putShort((short) 1);
    if (number % 2 == 1) {
      out.put((byte) 0).putShort((short) 41).putShort((short) 1232).putInt(0).putShort((short) 0);
    }
    byte[] query = new byte[out.position()];
    out.flip().get(query);
    return query;
  }
}
