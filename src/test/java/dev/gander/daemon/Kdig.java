package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Real clients: knot's kdig and BIND's dig. */
final class Kdig {

  private Kdig() {}

  /** What kdig prints. */
  static String ask(InetSocketAddress server, String... arguments)
      throws IOException, InterruptedException {
    return run("kdig", server, arguments);
  }

  /** What dig prints. */
  static String dig(InetSocketAddress server, String... arguments)
      throws IOException, InterruptedException {
    return run("dig", server, arguments);
  }

  private static String run(String program, InetSocketAddress server, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program));
    command.add("@" + server.getAddress().getHostAddress());
    command.add("-p");
    command.add(String.valueOf(server.getPort()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
    return output;
  }
}
