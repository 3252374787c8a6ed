package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Both halves mean the same bytes: Java's offsets against the object's BTF and shared.h. */
class SharedStructTest {

  private static final Pattern DEFINE =
      Pattern.compile("^#define (\\w+) (0x[0-9a-f]+|\\d+)U?$", Pattern.MULTILINE);
  private static final Pattern ENUM = Pattern.compile("enum counter \\{(.*?)\\}", Pattern.DOTALL);

  private final Map<String, Btf.Struct> structs = Btf.structs(object());
  private final String header = header();

  private static byte[] object() {
    try (InputStream in = SharedStructTest.class.getResourceAsStream("/bpf/intercept.o")) {
      assertThat(in).isNotNull();
      return in.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String header() {
    try {
      return Files.readString(Path.of("src/main/bpf/shared.h"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private int offset(String struct, String member) {
    return Objects.requireNonNull(struct(struct).offsets().get(member), member);
  }

  private Btf.Struct struct(String name) {
    return Objects.requireNonNull(structs.get(name), "struct " + name + " in the object's BTF");
  }

  @Test
  void anIdentityLiesAsJavaReadsIt() {
    assertThat(offset("identity", "key")).isZero();
    assertThat(offset("identity_key", "ifindex")).isEqualTo(Shared.IDENTITY_IFINDEX);
    assertThat(offset("identity_key", "router_mac")).isEqualTo(Shared.IDENTITY_ROUTER_MAC);
    assertThat(offset("identity_key", "client_mac")).isEqualTo(Shared.IDENTITY_CLIENT_MAC);
    assertThat(offset("identity_key", "tags")).isEqualTo(Shared.IDENTITY_TAGS);
    assertThat(offset("identity", "last_seen")).isEqualTo(Shared.IDENTITY_LAST_SEEN);
    assertThat(struct("identity").size()).isEqualTo(Shared.IDENTITY_SIZE);
    assertThat(offset("identity_key", "side")).isEqualTo(Shared.IDENTITY_SIDE);
    assertThat(offset("identity_key", "pid")).isEqualTo(Shared.IDENTITY_PID);
    assertThat(offset("identity_key", "uid")).isEqualTo(Shared.IDENTITY_UID);
    assertThat(offset("identity_key", "cgroup")).isEqualTo(Shared.IDENTITY_CGROUP);
    assertThat(offset("identity_key", "process")).isEqualTo(Shared.IDENTITY_PROCESS);
    assertThat(struct("identity_key").size()).as("hashed without padding").isEqualTo(64);
  }

  @Test
  void aProcessLiesAsJavaReadsIt() {
    assertThat(offset("process", "pid")).isEqualTo(Shared.PROCESS_PID);
    assertThat(struct("process").size()).isEqualTo(40);
  }

  @Test
  void theTermsLieAsJavaWritesThem() {
    assertThat(offset("terms", "namespace")).isEqualTo(Shared.TERMS_NAMESPACE);
    assertThat(offset("terms", "own_pid")).isEqualTo(Shared.TERMS_OWN_PID);
    assertThat(offset("terms", "own_mark")).isEqualTo(Shared.TERMS_OWN_MARK);
    assertThat(offset("terms", "flags")).isEqualTo(Shared.TERMS_FLAGS);
    assertThat(struct("terms").size()).isEqualTo(Shared.TERMS_SIZE);
  }

  @Test
  void aLeakLiesAsJavaReadsIt() {
    assertThat(offset("leak_key", "asked")).isEqualTo(Shared.ADDRESS_SIZE);
    assertThat(offset("leak_key", "ifindex")).isEqualTo(Shared.LEAK_IFINDEX);
    assertThat(offset("leak_key", "pid")).isEqualTo(Shared.LEAK_PID);
    assertThat(offset("leak_key", "port")).isEqualTo(Shared.LEAK_PORT);
    assertThat(offset("leak_key", "protocol")).isEqualTo(Shared.LEAK_PROTOCOL);
    assertThat(struct("leak_key").size()).as("hashed without padding").isEqualTo(48);
    assertThat(offset("leak", "packets")).isEqualTo(Shared.LEAK_PACKETS);
    assertThat(offset("leak", "blocked")).isEqualTo(Shared.LEAK_BLOCKED);
    assertThat(offset("leak", "last_seen")).isEqualTo(Shared.LEAK_LAST_SEEN);
    assertThat(offset("leak", "cgroup")).isEqualTo(Shared.LEAK_CGROUP);
    assertThat(offset("leak", "uid")).isEqualTo(Shared.LEAK_UID);
    assertThat(offset("leak", "process")).isEqualTo(Shared.LEAK_PROCESS);
    assertThat(offset("leak", "mac")).isEqualTo(Shared.LEAK_MAC);
  }

  @Test
  void aVlanTagLiesAsJavaReadsIt() {
    assertThat(offset("vlan_tag", "proto")).isEqualTo(Shared.TAG_PROTO);
    assertThat(offset("vlan_tag", "tci")).isEqualTo(Shared.TAG_TCI);
    assertThat(struct("vlan_tag").size()).isEqualTo(Shared.TAG_SIZE);
  }

  @Test
  void aClientsKeyLiesAsJavaWritesIt() {
    assertThat(offset("client_key", "address")).isEqualTo(Shared.CLIENT_ADDRESS);
    assertThat(offset("client_key", "port")).isEqualTo(Shared.CLIENT_PORT);
    assertThat(struct("client_key").size()).isEqualTo(Shared.CLIENT_SIZE);
    assertThat(struct("address").size()).isEqualTo(Shared.ADDRESS_SIZE);
  }

  @Test
  void theSettingsLieAsJavaWritesThem() {
    assertThat(struct("settings").offsets())
        .containsExactly(
            Map.entry("dae0_ifindex", 0),
            Map.entry("listeners_per_family", 4),
            Map.entry("redirect_peer", 8),
            Map.entry("mark_in_recvmsg", 12),
            Map.entry("namespace_id", 16));
    assertThat(struct("settings").size()).isEqualTo(Shared.SETTINGS_SIZE);
  }

  @Test
  void anAnswerLiesAsJavaWritesIt() {
    assertThat(struct("answer").offsets())
        .containsAllEntriesOf(
            Map.ofEntries(
                Map.entry("stored", Shared.ANSWER_STORED),
                Map.entry("end", Shared.ANSWER_END),
                Map.entry("stale_end", Shared.ANSWER_STALE_END),
                Map.entry("client", Shared.ANSWER_CLIENT),
                Map.entry("asked", Shared.ANSWER_ASKED),
                Map.entry("generation", Shared.ANSWER_GENERATION),
                Map.entry("type", Shared.ANSWER_TYPE),
                Map.entry("how", Shared.ANSWER_HOW),
                Map.entry("kind", Shared.ANSWER_KIND),
                Map.entry("flags", Shared.ANSWER_FLAGS),
                Map.entry("answers", Shared.ANSWER_ANSWERS),
                Map.entry("authorities", Shared.ANSWER_AUTHORITIES),
                Map.entry("additional", Shared.ANSWER_ADDITIONAL),
                Map.entry("name_length", Shared.ANSWER_NAME_LENGTH),
                Map.entry("ttl_count", Shared.ANSWER_TTL_COUNT),
                Map.entry("ttls_at", Shared.ANSWER_TTLS_AT),
                Map.entry("name_at", Shared.ANSWER_NAME_AT),
                Map.entry("records_length", Shared.ANSWER_RECORDS_LENGTH),
                Map.entry("opt_length", Shared.ANSWER_OPT_LENGTH),
                Map.entry("stale_opt_at", Shared.ANSWER_STALE_OPT_AT),
                Map.entry("stale_opt_length", Shared.ANSWER_STALE_OPT_LENGTH),
                Map.entry("used", Shared.ANSWER_USED),
                Map.entry("records_sum", Shared.ANSWER_RECORDS_SUM),
                Map.entry("opt_sum", Shared.ANSWER_OPT_SUM),
                Map.entry("stale_opt_sum", Shared.ANSWER_STALE_OPT_SUM),
                Map.entry("domain", Shared.ANSWER_DOMAIN),
                Map.entry("numbering", Shared.ANSWER_NUMBERING),
                Map.entry("lesson_end", Shared.ANSWER_LESSON_END)));
    assertThat(struct("answer").size()).isEqualTo(Shared.ANSWER_HEAD);
    assertThat(Shared.ANSWER_HEAD % 32).as("copied in blocks of 32 bytes").isZero();
    assertThat(offset("answer_small", "room")).isEqualTo(Shared.ANSWER_HEAD);
    assertThat(offset("answer_large", "room")).isEqualTo(Shared.ANSWER_HEAD);
    assertThat(struct("answer_small").size()).isEqualTo(Shared.ANSWER_SMALL);
    assertThat(Shared.ANSWER_SMALL % 64).as("whole cache lines").isZero();
    assertThat(struct("answer_large").size() % 64).as("whole cache lines").isZero();
  }

  @Test
  void whatControlsTheAnswersLiesAsJavaWritesIt() {
    assertThat(struct("control").offsets())
        .containsAllEntriesOf(
            Map.ofEntries(
                Map.entry("generation", Shared.CONTROL_GENERATION),
                Map.entry("flags", Shared.CONTROL_FLAGS),
                Map.entry("seeds", Shared.CONTROL_SEEDS),
                Map.entry("heartbeat", Shared.CONTROL_HEARTBEAT),
                Map.entry("keep_for", Shared.CONTROL_KEEP_FOR),
                Map.entry("policy", Shared.CONTROL_POLICY),
                Map.entry("blocked_mask", Shared.CONTROL_BLOCKED_MASK),
                Map.entry("blocked_labels", Shared.CONTROL_BLOCKED_LABELS),
                Map.entry("stale_ttl", Shared.CONTROL_STALE_TTL),
                Map.entry("sample", Shared.CONTROL_SAMPLE),
                Map.entry("type_limits_count", Shared.CONTROL_TYPE_LIMITS_COUNT),
                Map.entry("last_generation", Shared.CONTROL_LAST_GENERATION),
                Map.entry("type_limits", Shared.CONTROL_TYPE_LIMITS),
                Map.entry("index_lines", Shared.CONTROL_INDEX_LINES)));
    assertThat(struct("control").size()).isEqualTo(Shared.CONTROL_SIZE);
  }

  @Test
  void theIndexLiesAsJavaWritesIt() {
    assertThat(offset("answers_line", "words")).isZero();
    assertThat(offset("answers_line", "usages")).isEqualTo(Shared.LINE_USAGES);
    assertThat(offset("answers_line", "answers")).isEqualTo(Shared.LINE_ANSWERS);
    assertThat(struct("answers_line").size()).isEqualTo(Shared.LINE_SIZE);
    assertThat(4096 % Shared.LINE_SIZE).as("in one page").isZero();
  }

  @Test
  void aFlowLiesAsTheMapsAreMade() {
    assertThat(struct("flow_key").size()).isEqualTo(KernelRouting.FLOW_KEY);
    assertThat(struct("flow").size()).isEqualTo(KernelRouting.FLOW);
    assertThat(offset("routing", "flow")).isEqualTo(RoutingBench.FLOW_IN_ROUTING);
    assertThat(struct("routing").size()).isEqualTo(RoutingBench.ROUTING);
  }

  /**
   * The next start adopts a dead process's maps by this number: it must not stand for two layouts.
   */
  @Test
  void theLayoutOfAnswersHasANumberOfItsOwn() {
    int from = header.indexOf("#define ANSWERS_LAYOUT");
    int to = header.indexOf("/* Index into `counters`");
    String layout =
        header.substring(from, to).replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("\\s+", " ");
    assertThat(Shared.ANSWERS_LAYOUT + ":" + Integer.toHexString(layout.hashCode()))
        .as("if this has changed, raise ANSWERS_LAYOUT in shared.h and in Shared, then here")
        .isEqualTo("7:762defd7");
  }

  @Test
  void theConstantsAreTheSame() {
    Map<String, Integer> defines = new HashMap<>();
    Matcher define = DEFINE.matcher(header);
    while (define.find()) {
      defines.put(define.group(1), Integer.decode(define.group(2)));
    }
    assertThat(defines)
        .containsEntry("IDENTITY_MASK", Shared.IDENTITY_MASK)
        .containsEntry("WORD_MASK", Shared.WORD_MASK)
        .containsEntry("TPROXY_MARK", Shared.TPROXY_MARK)
        .containsEntry("IDENTITIES", Shared.IDENTITIES)
        .containsEntry("LISTENERS_MAX", Shared.LISTENERS_MAX)
        .containsEntry("PROCESS_NAME", Shared.PROCESS_NAME)
        .containsEntry("SIDE_LOCAL", Shared.SIDE_LOCAL)
        .containsEntry("TERMS_HIJACK_LOCAL", Shared.TERMS_HIJACK_LOCAL)
        .containsEntry("TERMS_LEAK_COUNT", Shared.TERMS_LEAK_COUNT)
        .containsEntry("TERMS_LEAK_BLOCK", Shared.TERMS_LEAK_BLOCK)
        .containsEntry("TERMS_LEAK_DOH", Shared.TERMS_LEAK_DOH)
        .containsEntry("DOH_ADDRESSES_MAX", Terms.DOH_ADDRESSES_MAX)
        .containsEntry("CONTROL_BY_PROCESS", Shared.CONTROL_BY_PROCESS)
        .containsEntry("CONTROL_BY_DSCP", Shared.CONTROL_BY_DSCP)
        .containsEntry("CONTROL_BY_VLAN", Shared.CONTROL_BY_VLAN)
        .containsEntry("CONTROL_BY_USER", Shared.CONTROL_BY_USER)
        .containsEntry("CONTROL_BY_CGROUP", Shared.CONTROL_BY_CGROUP)
        .containsEntry("WORD_DSCP_SHIFT", Shared.WORD_DSCP_SHIFT)
        .containsEntry("CLASS_INTERFACE", ClientClasses.Fact.INTERFACE.number())
        .containsEntry("CLASS_DSCP", ClientClasses.Fact.DSCP.number())
        .containsEntry("CLASS_VLAN", ClientClasses.Fact.VLAN.number())
        .containsEntry("CLASS_USER", ClientClasses.Fact.USER.number())
        .containsEntry("CONTROL_IPV4", Shared.CONTROL_IPV4)
        .containsEntry("CONTROL_IPV6", Shared.CONTROL_IPV6)
        .containsEntry("ANSWERS_LAYOUT", Shared.ANSWERS_LAYOUT)
        .containsEntry("ANSWER_SLACK", Shared.ANSWER_SLACK)
        .containsEntry("ANSWERS_MAX", Shared.ANSWERS_MAX)
        .containsEntry("ANSWER_TTLS_MAX", Shared.ANSWER_TTLS_MAX)
        .containsEntry("STALE_OPT_SHORT", Shared.STALE_OPT_SHORT)
        .containsEntry("STALE_OPT_MAX", Shared.STALE_OPT_MAX)
        .containsEntry("HOW_DNSSEC_OK", Shared.HOW_DNSSEC_OK)
        .containsEntry("HOW_CHECKING_DISABLED", Shared.HOW_CHECKING_DISABLED)
        .containsEntry("KIND_CONSTANT", Shared.KIND_CONSTANT)
        .containsEntry("WAYS", Shared.WAYS)
        .containsEntry("TAG_SHIFT", Shared.TAG_SHIFT)
        .containsEntry("VERSION_SHIFT", Shared.VERSION_SHIFT)
        .containsEntry("PLACE_LARGE", Shared.PLACE_LARGE)
        .containsEntry("HITS_MASK", Shared.HITS_MASK)
        .containsEntry("HITS_MAX", Shared.HITS_MAX)
        .containsEntry("LOCAL_FILTER_WORDS", Shared.LOCAL_FILTER_WORDS)
        .containsEntry("KIND_NEGATIVE", Shared.KIND_NEGATIVE)
        .containsEntry("CONTROL_ASIS", Shared.CONTROL_ASIS)
        .containsEntry("CONTROL_BY_ADDRESS", Shared.CONTROL_BY_ADDRESS)
        .containsEntry("CONTROL_BY_MAC", Shared.CONTROL_BY_MAC)
        .containsEntry("CONTROL_BY_INTERFACE", Shared.CONTROL_BY_INTERFACE)
        .containsEntry("CONTROL_BLOCKED", Shared.HAS_BLOCKED)
        .containsEntry("CLASSES_MAX", Shared.CLASSES_MAX)
        .containsEntry("TYPE_LIMITS_MAX", Shared.TYPE_LIMITS_MAX)
        .containsEntry("NO_LIMIT", Shared.NO_LIMIT)
        .containsEntry("REJECTS", Shared.REJECTS)
        .containsEntry("BLOCKED_BUCKET", Shared.BLOCKED_BUCKET)
        .containsEntry("BLOCKED_PROBES", Shared.BLOCKED_PROBES)
        .containsEntry("BLOCKED_ITSELF", Shared.BLOCKED_ITSELF)
        .containsEntry("BLOCKED_BELOW", Shared.BLOCKED_BELOW)
        .containsEntry("BLOCKED_RULE", Shared.BLOCKED_RULE);
  }

  @Test
  void theCountersComeInTheSameOrder() {
    Matcher body = ENUM.matcher(header.replaceAll("(?s)/\\*.*?\\*/", ""));
    assertThat(body.find()).isTrue();
    List<String> names = new ArrayList<>(List.of(body.group(1).split("[,\\s]+")));
    names.removeIf(String::isEmpty);
    assertThat(names.removeLast()).isEqualTo("COUNTERS");
    assertThat(names)
        .containsExactlyElementsOf(Arrays.stream(Counter.values()).map(Enum::name).toList());
  }
}
