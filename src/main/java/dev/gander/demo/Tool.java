package dev.gander.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs other programs to their end. */
final class Tool {

  /** How a program ended, and what it wrote to both outputs. */
  record Result(int status, String output) {
    boolean ok() {
      return status == 0;
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(15);
  static final int TIMED_OUT = 124;

  private Tool() {}

  /** Runs {@code command}; status 127 where there is no such program, 124 after 15 s. */
  static Result run(String... command) {
    return run(List.of(command));
  }

  static Result run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      CompletableFuture<byte[]> output =
          CompletableFuture.supplyAsync(
              () -> readAll(process), task -> Thread.ofVirtual().start(task));
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        return new Result(TIMED_OUT, text(output.join()) + "(did not end within 15 s)\n");
      }
      return new Result(process.exitValue(), text(output.join()));
    } catch (IOException e) {
      return new Result(127, e.getMessage() + "\n");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Result(TIMED_OUT, "(interrupted)\n");
    }
  }

  private static byte[] readAll(Process process) {
    try {
      return process.getInputStream().readAllBytes();
    } catch (IOException e) {
      return ("(its output could not be read: " + e.getMessage() + ")\n")
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  private static String text(byte[] output) {
    return new String(output, StandardCharsets.UTF_8);
  }

  /** Runs one command line that holds no quoted words. */
  static Result sh(String line) {
    return run(words(line));
  }

  static List<String> words(String line) {
    return Arrays.asList(line.strip().split(" +", -1));
  }

  /** As {@link #sh}, for steps nothing can go on without. */
  static void must(String line) throws DemoFailure {
    Result result = sh(line);
    if (!result.ok()) {
      throw new DemoFailure(line + ": " + result.output().strip());
    }
  }
}
