package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.NotifySocket;
import java.lang.System.Logger.Level;
import java.util.Map;

/** Tells systemd how far we are, sd_notify(3); silent where {@code $NOTIFY_SOCKET} is not set. */
final class ServiceManager {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");

  private final String socket;
  private final Clock clock;

  ServiceManager(Map<String, String> environment, Clock clock) {
    this.socket = environment.getOrDefault("NOTIFY_SOCKET", "");
    this.clock = clock;
  }

  void ready(String status) {
    tell("READY=1\nSTATUS=" + status);
  }

  void reloading() {
    // Type=notify-reload compares the time with the moment it sent its signal.
    tell("RELOADING=1\nMONOTONIC_USEC=" + clock.nanoTime() / 1000);
  }

  void stopping() {
    tell("STOPPING=1");
  }

  private void tell(String message) {
    if (socket.isEmpty()) {
      return;
    }
    try {
      NotifySocket.send(socket, message);
    } catch (KernelException e) {
      LOG.log(Level.WARNING, "cannot notify the service manager: {0}", e.getMessage());
    }
  }
}
