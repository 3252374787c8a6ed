package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.Lab;
import dev.gander.kernel.Sysctl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kernel parameters where IPv6 is forwarded by all interfaces or by none, before Linux 6.17. */
@Tag("kernel")
class KernelParametersKernelTest {

  private final Kept memory = new Kept();
  private Lab lab;

  /** What a file would be. */
  private static final class Kept implements KernelParameters.Memory {

    private String text = "";
    private boolean full;

    @Override
    public String load() {
      return text;
    }

    @Override
    public void save(String now) throws IOException {
      if (full) {
        throw new IOException("no space left");
      }
      text = now;
    }
  }

  @BeforeEach
  void open() throws Exception {
    lab = new Lab('v', 'w');
    lab.inRouter("ip link add wan0 type veth peer name wan1");
    lab.inRouter("ip link set wan0 up");
    lab.inRouter("ip link set wan1 up");
    lab.inRouter("ip -6 route add default dev wan0");
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private List<String> values() throws Exception {
    return lab.router()
        .call(() -> {
          List<String> values = new ArrayList<>();
          for (String scope : List.of("all", "default", "lan0", "wan0", "wan1")) {
            for (String parameter : List.of("forwarding", "accept_ra")) {
              values.add(Sysctl.read("net/ipv6/conf/" + scope + "/" + parameter));
            }
          }
          return values;
        });
  }

  private KernelParameters applied(boolean keep, String... lan) throws Exception {
    return lab.router()
        .call(() -> {
          KernelParameters parameters = KernelParameters.open(memory, false);
          parameters.apply(List.of(lan), List.of(), keep);
          return parameters;
        });
  }

  private void end(KernelParameters parameters) throws Exception {
    lab.router()
        .call(() -> {
          parameters.close();
          return 0;
        });
  }

  @Test
  void allForwardAndUplinksGoOnListeningToAdvertisements() throws Exception {
    KernelParameters parameters = applied(false, "lan0");
    assertThat(values()).containsExactly("1", "1", "1", "2", "1", "1", "1", "2", "1", "2");
    end(parameters);
    assertThat(values()).containsExactly("0", "1", "0", "1", "0", "1", "0", "1", "0", "1");
    assertThat(memory.load()).isEmpty();
  }

  @Test
  void oneThatForwardedBeforeForwardsAfterwards() throws Exception {
    lab.inRouter("sysctl -qw net.ipv6.conf.wan1.forwarding=1");
    List<String> before = values();
    end(applied(true, "lan0"));
    assertThat(values()).isNotEqualTo(before);
    end(applied(false, "lan0")); // who finds what the first has left
    assertThat(values()).isEqualTo(before);
  }

  @Test
  void ofAnotherNamespaceNothingIsBelieved() throws Exception {
    memory.save("another boot 17\n0 0 1 net/ipv6/conf/all/forwarding\n");
    lab.inRouter("sysctl -qw net.ipv6.conf.all.forwarding=1");
    end(applied(false));
    assertThat(values()).startsWith("1");
  }

  @Test
  void whatCannotBeRememberedIsNotChanged() throws Exception {
    List<String> before = values();
    memory.full = true;
    KernelParameters parameters = applied(false, "lan0");
    assertThat(values()).isEqualTo(before);
    memory.full = false;
    end(parameters);
  }

  @Test
  void whatIsWrongIsToldWithTheCommandThatMendsIt() throws Exception {
    List<String> commands =
        lab.router()
            .call(() ->
                KernelParameters.wrong(List.of("lan0"), List.of()).stream()
                    .map(KernelParameter::command)
                    .toList());
    assertThat(commands)
        .contains("sysctl -w net/ipv4/conf/lan0/forwarding=1")
        .contains("sysctl -w net/ipv6/conf/lan0/forwarding=1");
    for (String command : commands) {
      lab.inRouter(command);
    }
    assertThat(lab.router().call(() -> KernelParameters.wrong(List.of("lan0"), List.of())))
        .isEmpty();
  }
}
