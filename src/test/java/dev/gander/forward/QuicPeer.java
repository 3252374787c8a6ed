package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.proxy.PeerProcess;
import io.netty.pkitesting.X509Bundle;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A server of DoQ and DoH3 on aioquic or quic-go, which {@code ./gander test} puts into
 * target/peers.
 */
final class QuicPeer implements AutoCloseable {

  private static final List<String> AIOQUIC =
      List.of("target/peers/bin/python", "src/test/peers/quic_server.py");
  private static final Path QUIC_GO = Path.of("target/peers/bin/quic-server");

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final List<String> seen = new ArrayList<>();
  private final Thread reader;
  private final int doq;
  private final int h3;

  /**
   * @param directory its certificate and key are written there
   * @param doq the port; 0: any
   */
  static QuicPeer aioquic(Path directory, X509Bundle certificate, int doq, int h3)
      throws IOException {
    return new QuicPeer(AIOQUIC, directory, certificate, doq, h3);
  }

  /** As {@link #aioquic}; it says nothing of single questions. */
  static QuicPeer quicGo(Path directory, X509Bundle certificate, int doq, int h3)
      throws IOException {
    return new QuicPeer(List.of(QUIC_GO.toString()), directory, certificate, doq, h3);
  }

  /** Where there is a Go. */
  static boolean hasQuicGo() {
    return Files.isExecutable(QUIC_GO);
  }

  private QuicPeer(List<String> program, Path directory, X509Bundle certificate, int doq, int h3)
      throws IOException {
    Path chain = directory.resolve("server.pem");
    Path key = directory.resolve("server.key");
    TestCertificates.write(certificate, chain, key);
    List<String> command = new ArrayList<>(program);
    command.add(chain.toString());
    command.add(key.toString());
    command.add(Integer.toString(doq == 0 ? PeerProcess.freePort() : doq));
    command.add(Integer.toString(h3 == 0 ? PeerProcess.freePort() : h3));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out = process.inputReader();
    String[] ready = String.valueOf(out.readLine()).split(" ", -1);
    assertThat(ready[0]).isEqualTo("ready");
    this.doq = Integer.parseInt(ready[1]);
    this.h3 = Integer.parseInt(ready[2]);
    // A full pipe would stop the server.
    reader = Thread.ofVirtual().start(() -> read(out));
  }

  private void read(BufferedReader out) {
    try (out) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add("ended");
    }
  }

  int doq() {
    return doq;
  }

  int h3() {
    return h3;
  }

  /** Waits until it has printed the line; all that it has printed up to then. */
  List<String> until(String... oneOf) throws InterruptedException {
    List<String> wanted = List.of(oneOf);
    while (Collections.disjoint(seen, wanted)) {
      String next = lines.poll(30, TimeUnit.SECONDS);
      assertThat(next).as(wanted + " after " + seen).isNotNull();
      seen.add(next);
    }
    List<String> all = List.copyOf(seen);
    seen.clear();
    return all;
  }

  /** How many connections it has had, by what it has printed; ends it. */
  long connections() throws InterruptedException {
    close();
    reader.join();
    return lines.stream().filter(it -> it.startsWith("connection ")).count();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
