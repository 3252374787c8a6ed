package dev.gander.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.doctor.FirewallCheck.Suspect;
import org.junit.jupiter.api.Test;

class FirewallCheckTest {

  @Test
  void whatNftPrintsIsRead() {
    String ruleset =
        """
        table inet filter {
        	chain out {
        		type filter hook output priority filter; policy accept;
        		udp dport 53 counter packets 0 bytes 0 drop
        		udp dport 5353 drop
        		tcp dport { 53, 853 } reject
        		udp dport 53 accept
        	}
        	chain in {
        		type filter hook input priority filter; policy accept;
        		meta l4proto { tcp, udp } th dport 53 drop
        	}
        }
        table ip nat {
        	chain pre {
        		type nat hook prerouting priority dstnat; policy accept;
        		iifname "lan0" udp dport domain redirect to :5300
        	}
        }
        """;
    assertThat(FirewallCheck.suspects(ruleset))
        .containsExactly(
            new Suspect(
                "table inet filter chain out", true, "udp dport 53 counter packets 0 bytes 0 drop"),
            new Suspect("table inet filter chain out", true, "tcp dport { 53, 853 } reject"),
            new Suspect(
                "table inet filter chain in", false, "meta l4proto { tcp, udp } th dport 53 drop"),
            new Suspect(
                "table ip nat chain pre",
                false,
                "iifname \"lan0\" udp dport domain redirect to :5300"));
  }

  @Test
  void whatIptablesSavePrintsIsRead() {
    String rules =
        """
        *nat
        :PREROUTING ACCEPT [0:0]
        -A PREROUTING -i lan0 -p udp -m udp --dport 53 -j REDIRECT --to-ports 5300
        COMMIT
        *filter
        -A OUTPUT -p tcp -m multiport --dports 53,853 -j REJECT
        -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT
        COMMIT
        """;
    assertThat(FirewallCheck.suspects(rules))
        .extracting(Suspect::chain, Suspect::output)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("*nat PREROUTING", false),
            org.assertj.core.groups.Tuple.tuple("*filter OUTPUT", true));
  }

  @Test
  void otherRulesAreNoConcern() {
    assertThat(FirewallCheck.suspects("table ip t {\n chain c {\n  tcp dport 443 drop\n }\n}\n"))
        .isEmpty();
    assertThat(FirewallCheck.suspects("")).isEmpty();
  }
}
