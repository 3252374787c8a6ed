package dev.gander.daemon;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/**
 * The control socket: a unix stream socket of mode 0600. A client sends one JSON object on a line;
 * the daemon answers with one or more, each on a line, and closes. One virtual thread per client.
 */
final class ControlServer implements AutoCloseable {

  /** What a daemon does with one request; runs on the client's virtual thread. */
  interface Handler {
    void handle(Map<String, Object> request, Reply reply) throws IOException;
  }

  /** Sends one object to the client. */
  interface Reply {
    void send(Map<String, ?> object) throws IOException;
  }

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");
  private static final int MAX_REQUEST = 4096;

  private final ServerSocketChannel server;
  private final Handler handler;
  private final Thread acceptor;

  private ControlServer(ServerSocketChannel server, Handler handler) {
    this.server = server;
    this.handler = handler;
    acceptor = Thread.ofVirtual().name("gander-control").unstarted(this::acceptAll);
  }

  /**
   * Binds {@code path}, which must not exist.
   *
   * @throws StartException if it cannot be bound; the usual reason is a path above 107 bytes
   */
  static ControlServer open(Path path, Handler handler) throws StartException {
    try {
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        server.bind(UnixDomainSocketAddress.of(path));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      } catch (IOException e) {
        server.close();
        throw e;
      }
      ControlServer control = new ControlServer(server, handler);
      control.acceptor.start();
      return control;
    } catch (IOException e) {
      throw new StartException(
          "cannot open the control socket "
              + path
              + ": "
              + Failures.reason(e)
              + "; choose another directory with --runtime-dir DIR",
          e);
    }
  }

  private void acceptAll() {
    while (server.isOpen()) {
      try {
        SocketChannel client = server.accept();
        Thread.ofVirtual().name("gander-control-client").start(() -> serve(client));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        LOG.log(Level.WARNING, "control socket: " + Failures.reason(e));
        return;
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8),
              MAX_REQUEST);
      Reply reply =
          object -> {
            ByteBuffer line =
                ByteBuffer.wrap((Json.write(object) + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
              client.write(line);
            }
          };
      try {
        handler.handle(Json.parseObject(readLine(lines)), reply);
      } catch (IllegalArgumentException e) {
        reply.send(Map.of("error", String.valueOf(e.getMessage())));
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "control client: " + Failures.reason(e));
    }
  }

  private static String readLine(BufferedReader reader) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = reader.read(); c >= 0 && c != '\n'; c = reader.read()) {
      if (line.length() == MAX_REQUEST) {
        throw new IllegalArgumentException("the request is longer than " + MAX_REQUEST + " bytes");
      }
      line.append((char) c);
    }
    return line.toString();
  }

  /**
   * Stops accepting; nobody can connect any more when this returns. Requests under way finish. The
   * file itself is {@link RuntimeFiles}'s.
   */
  @Override
  public void close() throws IOException {
    server.close();
    try {
      acceptor.join(); // the JDK closes the descriptor only when the acceptor has let go of it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
