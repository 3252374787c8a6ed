package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.message.RecordType;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who asks, beyond his addresses: in request rules, in answers from the kernel, in the log. */
@Tag("kernel")
class IdentityKernelTest {

  private static final String NOBODY = "198.51.100.53";
  private static final String NOBODY_SIX = "2001:db8:ffff::53";
  private static final String HERE = "203.0.113.80";

  @TempDir private Path folder;
  private RouterLab lab;
  private Path log;
  private Path group;

  @BeforeEach
  void build() throws Exception {
    lab = new RouterLab("y", folder.resolve("y"));
    lab.must("ip -n %r route add default via 203.0.113.53");
    lab.must("ip -n %r -6 route add default via 2001:db8:2::53");
    log = folder.resolve("queries.log");
    group = hierarchy().resolve(lab.named("gander-%r"));
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
    removeGroups();
  }

  private static Path hierarchy() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
        .map(line -> line.split(" ", -1))
        .filter(fields -> fields[2].equals("cgroup2"))
        .map(fields -> Path.of(fields[1]))
        .findFirst()
        .orElseThrow();
  }

  private void removeGroups() throws IOException {
    Files.deleteIfExists(group.resolve("below"));
    Files.deleteIfExists(group);
  }

  private String configuration(String interfaces, String rules) {
    return RouterLab.configuration(rules)
        .replace("lan_interface: lan0", interfaces + " query_log: '" + log + "'");
  }

  private long counted(String counter) throws Exception {
    return lab.status().get("kernel") instanceof Map<?, ?> kernel
            && kernel.get(counter) instanceof Long count
        ? count
        : -1;
  }

  /** Asks twice, so that the kernel answers once. */
  private void expect(boolean answered, String command) throws Exception {
    for (int i = 0; i < 2; i++) {
      String reply = lab.run(command + " +timeout=10 a.example");
      assertThat(reply).as(command).contains("NOERROR");
      assertThat(reply.contains(HERE)).as(command + ": " + reply).isEqualTo(answered);
    }
  }

  private Map<String, Object> explained(int vlan, int dscp) throws Exception {
    Optional<InetAddress> client = Optional.of(InetAddress.ofLiteral("192.0.2.2"));
    Optional<InetAddress> asked = Optional.of(InetAddress.ofLiteral(NOBODY));
    AskedQuery query =
        new AskedQuery("a.example", RecordType.A, client, 0, dscp, vlan, "lan0", "", -1, "", asked);
    return lab.control().explain(query, Duration.ofSeconds(10));
  }

  private Path script(String name, String text) throws IOException {
    Path script = Files.writeString(folder.resolve(name), "#!/bin/bash\n" + text + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }

  private void expectLogged(String... parts) throws Exception {
    Eventually.holds(() ->
        Files.readAllLines(log).stream()
            .anyMatch(line -> List.of(parts).stream().allMatch(line::contains)));
  }

  @Test
  void aProgramIsKnownByUserAndByControlGroup() throws Exception {
    Files.createDirectory(group);
    Files.createDirectory(group.resolve("below"));
    String name = String.valueOf(group.getFileName());
    Path in = script("in", "echo 0 > $1/cgroup.procs; shift; exec \"$@\"");
    lab.serve(
        configuration(
            "wan_interface: wan0", "uid(nobody) -> reject cgroup(" + name + ") -> reject"));
    for (String transport : List.of("", "+tcp ")) {
      String kdig = "kdig " + transport + "@";
      expect(true, "ip netns exec %r " + kdig + NOBODY);
      expect(false, "ip netns exec %r setpriv --reuid nobody " + kdig + NOBODY);
      expect(false, in + " " + group + " ip netns exec %r " + kdig + NOBODY);
      expect(false, in + " " + group + "/below ip netns exec %r " + kdig + NOBODY_SIX);
    }
    assertThat(counted("kernel_negative")).as("rejected in the kernel").isGreaterThan(2);
    removeGroups();
    Files.createDirectory(group);
    expect(false, in + " " + group + " ip netns exec %r kdig @" + NOBODY);
    expectLogged("\"pname\":\"kdig\",\"uid\":65534,", "\"transport\":\"tcp\"");
    expectLogged("\"uid\":0,\"cgroup\":\"/" + name + "/below\"", "\"name\":\"a.example");
    expectLogged("\"cgroup\":\"/" + name + "\"", "\"from\":\"kernel\"");
  }

  /** As dae: what it was started as. A title over it names no file, so the kernel's name counts. */
  @Test
  void aProgramIsKnownByTheNameOfItsCommandsFile() throws Exception {
    Path as = script("as", "name=${1//+/ }; shift; exec -a \"$name\" \"$@\"");
    lab.serve(configuration("wan_interface: wan0", "pname(asker, a_name_of_16_by) -> reject"));
    String in = "ip netns exec %r ";
    expect(true, in + "kdig @" + NOBODY);
    expect(false, in + as + " asker kdig @" + NOBODY);
    expect(false, in + as + " /usr/share+all/asker kdig @" + NOBODY_SIX);
    expect(false, in + as + " ./a_name_of_16_bytes kdig +tcp @" + NOBODY);
    expect(true, in + as + " asker:+at+work kdig @" + NOBODY);
    expect(true, in + as + " /usr/bin/asker/kdig dig @" + NOBODY);
    expectLogged("\"pname\":\"a_name_of_16_by\"");
    expectLogged("\"pname\":\"kdig\"", "\"from\":\"kernel\"");
  }

  private void expectOfTheClient(boolean answered) throws Exception {
    for (String transport : List.of("", "+tcp ")) {
      expect(answered, "ip netns exec %c kdig " + transport + "@" + NOBODY);
      expect(answered, "ip netns exec %c kdig " + transport + "@" + NOBODY_SIX);
    }
  }

  @Test
  void aClientIsKnownByCodePointAndVlan() throws Exception {
    lab.serve(configuration("lan_interface: lan0", "dscp(46) -> reject vlan(2-9) -> reject"));
    expectOfTheClient(true);
    assertThat(explained(0, 0)).containsEntry("cached", true).containsEntry("kernel", "answers it");
    lab.must("ip netns exec %c nft add table inet t");
    lab.must("ip netns exec %c nft add chain inet t o { type filter hook output priority 0 ; }");
    lab.must("ip netns exec %c nft add rule inet t o ip6 dscp set ef");
    lab.must("ip netns exec %c nft add rule inet t o ip dscp set ef");
    expectOfTheClient(false);
    lab.must("ip netns exec %c nft delete table inet t");
    expectOfTheClient(true);
    lab.tagTheClient();
    expectOfTheClient(false);
    assertThat(explained(RouterLab.VLAN, 0)).containsEntry("outcome", "rejected");
    assertThat(explained(0, 46)).containsEntry("outcome", "rejected");
    expectLogged("\"vlan\":7", "\"transport\":\"tcp\"");
    expectLogged("\"dscp\":46", "\"transport\":\"tcp\"");
    expectLogged("\"mac\":", "\"vlan\":7", "\"from\":\"kernel\"");
    expectLogged("\"mac\":", "\"dscp\":46", "\"from\":\"kernel\"");
  }
}
