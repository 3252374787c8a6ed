package dev.gander.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Clients behind a tun device of a router, whose packets have no Ethernet headers:
 *
 * <pre>
 *   client: tun0 198.18.7.2/24 2001:db8:7::2/64 ── DEVICE 198.18.7.1/24 2001:db8:7::1/64 :router
 * </pre>
 *
 * The second client has 3 in place of 2, and so on. Their default route is the tunnel. The devices
 * go with this.
 */
public final class TunHub implements AutoCloseable {

  private final Process process;

  /** Namespaces by name; all of it is up when this returns. */
  public TunHub(String router, String device, List<String> clients) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("python3", "src/test/peers/tun_hub.py", router, device));
    command.addAll(clients);
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new BufferedReader(process.inputReader()).readLine();
    if (!"ready".equals(said)) {
      close();
      throw new IOException("tun_hub.py: " + said);
    }
    up(router, device, 1);
    for (int i = 0; i < clients.size(); i++) {
      String client = clients.get(i);
      up(client, "tun0", 2 + i);
      Lab.ip("-n " + client + " route replace default dev tun0");
      Lab.ip("-n " + client + " -6 route replace default dev tun0 metric 1");
    }
  }

  private static void up(String namespace, String device, int number) throws IOException {
    Lab.ip("-n " + namespace + " addr add 198.18.7." + number + "/24 dev " + device);
    Lab.ip("-n " + namespace + " addr add 2001:db8:7::" + number + "/64 dev " + device + " nodad");
    Lab.ip("-n " + namespace + " link set " + device + " up");
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
