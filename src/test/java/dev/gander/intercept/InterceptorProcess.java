package dev.gander.intercept;

import dev.gander.kernel.KernelFeatures;
import dev.gander.kernel.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** An interceptor in a process of its own, so that it can be killed. */
final class InterceptorProcess implements AutoCloseable {

  private final Process process;

  private InterceptorProcess(Process process) {
    this.process = process;
  }

  /** Runs in the lab's router; intercepting on lan0 when this returns. */
  static InterceptorProcess start(Lab lab, boolean clsact) throws IOException {
    return start(lab, clsact ? "clsact" : "tcx", 0);
  }

  /** The same, with the answer of {@link KeepKernelTest}, which outlives it for so long. */
  static InterceptorProcess keeping(Lab lab, int millis) throws IOException {
    return start(lab, "keep", millis);
  }

  private static InterceptorProcess start(Lab lab, String mode, int millis) throws IOException {
    Process process =
        new ProcessBuilder(
                "nsenter",
                "--net=/run/netns/" + lab.router().name(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                InterceptorProcess.class.getName(),
                mode,
                Integer.toString(millis))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String line =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    if (!"ready".equals(line)) {
      process.destroyForcibly();
      throw new IOException("the interceptor's process says " + line);
    }
    return new InterceptorProcess(process);
  }

  public static void main(String[] arguments) throws Exception {
    KernelFeatures features = Rig.without(arguments[0].equals("clsact"), false, false);
    boolean keeps = arguments[0].equals("keep");
    Interceptor interceptor = Interceptor.open(1, features, keeps ? 64 : 0);
    EchoServer server = new EchoServer(interceptor, 1, true);
    interceptor.apply(List.of("lan0"));
    if (keeps) {
      KeepKernelTest.keepOneAnswer(interceptor, Integer.parseInt(arguments[1]));
    }
    System.out.println("ready");
    while (System.in.read() >= 0) {
      server.forget();
    }
    server.close();
    interceptor.close();
  }

  long pid() {
    return process.pid();
  }

  /** kill -9; returns once the process is gone. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }
}
