package dev.gander.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client and a router, joined by a veth pair, in two network namespaces of this test's own:
 *
 * <pre>
 *   client: eth0 10.53.0.2/24 2001:db8:53::2/64 ── lan0 10.53.0.1/24 2001:db8:53::1/64 :router
 * </pre>
 *
 * fe80::53:2 and fe80::53:1 are their link-local addresses. The client's default route is the
 * router; the router has none. Removed by {@link #close}, or by the next run if this one is killed.
 */
public final class Lab implements AutoCloseable {

  private static final Pattern OURS = Pattern.compile("gt(\\d+)[a-z]+");

  public static final String CLIENT_MAC = "02:00:00:00:53:02";
  public static final String ROUTER_MAC = "02:00:00:00:53:01";

  private final TestNamespace client;
  private final TestNamespace router;

  /** Letters distinguish labs of one process. */
  public Lab(char clientLetter, char routerLetter) throws Exception {
    removeLeftovers();
    String c = "gt" + ProcessHandle.current().pid() + clientLetter;
    String r = "gt" + ProcessHandle.current().pid() + routerLetter;
    ip("netns add " + c);
    ip("netns add " + r);
    ip("-n " + r + " link add lan0 address " + ROUTER_MAC + " type veth peer name eth0 netns " + c);
    ip("-n " + c + " link set eth0 address " + CLIENT_MAC);
    for (String namespace : List.of(c, r)) {
      ip("-n " + namespace + " link set lo up");
    }
    ip("-n " + r + " addr add 10.53.0.1/24 dev lan0");
    ip("-n " + r + " addr add 2001:db8:53::1/64 dev lan0 nodad");
    ip("-n " + r + " addr add fe80::53:1/64 dev lan0 nodad");
    ip("-n " + r + " link set lan0 up");
    ip("-n " + c + " addr add 10.53.0.2/24 dev eth0");
    ip("-n " + c + " addr add 2001:db8:53::2/64 dev eth0 nodad");
    ip("-n " + c + " addr add fe80::53:2/64 dev eth0 nodad");
    ip("-n " + c + " link set eth0 up");
    ip("-n " + c + " route add default via 10.53.0.1");
    ip("-n " + c + " route add default via 2001:db8:53::1");
    client = new TestNamespace(c);
    router = new TestNamespace(r);
  }

  private static void removeLeftovers() throws Exception {
    Matcher name = OURS.matcher(run("ip netns list"));
    while (name.find()) {
      if (ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
        ip("netns delete " + name.group());
      }
    }
  }

  public TestNamespace client() {
    return client;
  }

  public TestNamespace router() {
    return router;
  }

  public static void ip(String arguments) throws IOException {
    run("ip " + arguments);
  }

  /** Output of a command, both streams; fails unless it exits with 0. */
  public static String run(String command) throws IOException {
    Process process = new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException(command + ": " + output);
    }
    return output;
  }

  /** Output of a command that runs in the router. */
  public String inRouter(String command) throws IOException {
    return run("nsenter --net=/run/netns/" + router.name() + " " + command);
  }

  @Override
  public void close() throws IOException {
    client.close();
    router.close();
    ip("netns delete " + client.name());
    ip("netns delete " + router.name());
  }
}
