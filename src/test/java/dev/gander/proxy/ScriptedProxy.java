package dev.gander.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A server that plays a script to whoever connects: it reads so many bytes, then writes these, and
 * so on. Then it keeps the connection until its client ends it.
 */
final class ScriptedProxy implements AutoCloseable {

  /**
   * How many bytes are read, then what is written.
   *
   * @param written characters up to 255, each a byte
   */
  record Step(int read, String written) {

    static Step of(int read, String hex) {
      byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
      return new Step(read, new String(bytes, StandardCharsets.ISO_8859_1));
    }
  }

  /** What each step has read. */
  final BlockingQueue<byte[]> heard = new LinkedBlockingQueue<>();

  private final ServerSocket server = new ServerSocket(0, 8, InetAddress.ofLiteral("127.0.0.1"));
  private final Step[] steps;

  ScriptedProxy(Step... steps) throws IOException {
    this.steps = steps;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (true) {
      try (Socket client = server.accept()) {
        InputStream in = client.getInputStream();
        for (Step step : steps) {
          heard.add(in.readNBytes(step.read));
          client.getOutputStream().write(step.written.getBytes(StandardCharsets.ISO_8859_1));
        }
        while (in.read() >= 0) {
          // The script is over.
        }
      } catch (IOException e) {
        if (server.isClosed()) {
          return;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
