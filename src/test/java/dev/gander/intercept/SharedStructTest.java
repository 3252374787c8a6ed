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
    assertThat(struct("identity_key").size()).as("hashed without padding").isEqualTo(24);
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
            Map.entry("mark_in_recvmsg", 12));
    assertThat(struct("settings").size()).isEqualTo(Shared.SETTINGS_SIZE);
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
        .containsEntry("LISTENERS_MAX", Shared.LISTENERS_MAX);
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
