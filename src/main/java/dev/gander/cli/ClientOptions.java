package dev.gander.cli;

import dev.gander.config.RuleValues;
import dev.gander.daemon.AskedQuery;
import dev.gander.message.Client;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a command line tells of a client: all that rules may ask. Bad words: exit status 2. */
final class ClientOptions {

  @Option(names = "--from", paramLabel = "ADDRESS", description = "The client's address.")
  private @Nullable String from;

  @Option(
      names = "--asked",
      paramLabel = "ADDRESS",
      description = "The server that the client asks.")
  private @Nullable String asked;

  @Option(names = "--mac", paramLabel = "ADDRESS", description = "The client's MAC address.")
  private @Nullable String mac;

  @Option(names = "--dscp", paramLabel = "NUMBER", description = "0 to 63; 0 unless told.")
  private String dscp = "0";

  @Option(names = "--vlan", paramLabel = "NUMBER", description = "The VLAN it comes in by.")
  private @Nullable String vlan;

  @Option(names = "--iface", paramLabel = "NAME", description = "The interface it comes in by.")
  private String iface = "";

  @Option(
      names = "--pname",
      paramLabel = "NAME",
      description = "The program of this machine that sends it; else it comes from the LAN.")
  private String process = "";

  @Option(names = "--uid", paramLabel = "USER", description = "That program's user.")
  private @Nullable String user;

  @Option(
      names = "--cgroup",
      paramLabel = "PATH",
      description = "That program's control group: system.slice/cups.service.")
  private String group = "";

  /** The first option given that no rule of {@code routing} asks about; empty if none is. */
  String notOfFlows() {
    return from != null
        ? "--from"
        : asked != null
            ? "--asked"
            : vlan != null
                ? "--vlan"
                : !iface.isEmpty()
                    ? "--iface"
                    : user != null ? "--uid" : group.isEmpty() ? "" : "--cgroup";
  }

  String process() {
    return process;
  }

  long macNumber() {
    return mac == null ? 0 : RuleValues.mac(mac);
  }

  int codePoint() {
    return RuleValues.dscp(dscp);
  }

  /** A question of this client's. */
  AskedQuery query(String name, int type) {
    return new AskedQuery(
        name,
        type,
        address(from),
        macNumber(),
        codePoint(),
        vlan == null ? 0 : RuleValues.vlan(vlan),
        iface,
        process,
        user == null ? Client.UNKNOWN : RuleValues.user(user),
        group.isEmpty() || group.startsWith("/") ? group : "/" + group,
        address(asked));
  }

  private static Optional<InetAddress> address(@Nullable String text) {
    return Optional.ofNullable(text).map(RuleValues::address);
  }
}
