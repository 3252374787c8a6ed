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
                clsact ? "clsact" : "tcx")
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
    Interceptor interceptor = Interceptor.open(1, features);
    EchoServer server = new EchoServer(interceptor, 1, true);
    interceptor.apply(List.of("lan0"));
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
