package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.Settings.GeoReference;
import dev.gander.config.Settings.Node;
import dev.gander.tls.SelfSigned;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Files as people write them, and the examples, load without an error. */
class GoodFilesTest {

  private static final Path GOOD = Path.of("src/test/resources/config/good");

  /** A copy, with the certificate beside it that an administrator would make. */
  @TempDir private static Path examples;

  @BeforeAll
  static void copyExamples() throws IOException {
    Path originals = Path.of("examples");
    try (Stream<Path> files = Files.walk(originals)) {
      for (Path file : files.filter(it -> !it.equals(originals)).toList()) {
        Files.copy(
            file, examples.resolve(originals.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    SelfSigned.make(List.of("dns.home.arpa"), List.of("192.168.1.1"), Duration.ofDays(2))
        .write(examples.resolve("cert.pem"), examples.resolve("key.pem"));
  }

  @TestFactory
  Stream<DynamicTest> aGoodFileLoads() {
    return daeFiles(GOOD).map(file -> DynamicTest.dynamicTest(name(file), () -> load(file)));
  }

  @TestFactory
  Stream<DynamicTest> anExampleLoadsAndNothingButItsModeIsDoubtful() {
    return daeFiles(examples)
        .map(file ->
            DynamicTest.dynamicTest(
                name(file),
                () ->
                    assertThat(load(file).warnings())
                        .allMatch(told -> told.message().equals("every user can read this file"))));
  }

  @TestFactory
  Stream<DynamicTest> allThatAnExampleSetsHasAnEffect() {
    return daeFiles(examples)
        .map(file ->
            DynamicTest.dynamicTest(
                name(file), () -> assertThat(load(file).settings().unused()).isEmpty()));
  }

  @Test
  void aFileThatSetsEveryKeyLeavesNoneAtItsDefault() throws Exception {
    Settings silent = ConfigFile.parse("global { } routing { }", "x").settings();
    Settings full = load(GOOD.resolve("every-key.dae")).settings();

    assertThat(equalComponents(silent.global(), full.global())).isEmpty();
    assertThat(equalComponents(silent.dns(), full.dns())).isEmpty();
    assertThat(equalComponents(silent, full)).containsExactly("geodata");
  }

  @Test
  void aFileThatSetsEveryKeyNamesEachOfThem() throws IOException {
    String text = Files.readString(GOOD.resolve("every-key.dae"));
    Set<String> keys = new TreeSet<>(GlobalKeys.ALL.keySet());
    keys.addAll(DnsKeys.ALL.keySet());
    assertThat(keys).allMatch(key -> text.contains("    " + key + ": "));
  }

  @Test
  void defaultsAreThoseOfDae() throws Exception {
    GlobalSettings global = ConfigFile.parse("global { } routing { }", "x").settings().global();

    assertThat(global.tproxyPort()).isEqualTo(12345);
    assertThat(global.soMark()).isEqualTo(0x100);
    assertThat(global.logLevel()).isEqualTo("info");
    assertThat(global.checkInterval()).hasSeconds(30);
    assertThat(global.sniffingTimeout()).hasMillis(30);
    assertThat(global.bootstrapResolvers())
        .extracting(Object::toString)
        .containsExactly("/119.29.29.29:53", "/223.5.5.5:53");
    assertThat(global.fallbackResolver()).hasToString("/8.8.8.8:53");
  }

  @Test
  void dnsDefaultsAreThoseOfDaeAndOfTheDesign() throws Exception {
    DnsSettings dns = ConfigFile.parse("global { } routing { }", "x").settings().dns();

    assertThat(dns.request().fallback().name()).isEqualTo("asis");
    assertThat(dns.response().fallback().name()).isEqualTo("accept");
    assertThat(dns.optimisticCache()).isTrue();
    assertThat(dns.optimisticCacheTtl()).hasSeconds(60);
    assertThat(dns.maxCacheSize()).isZero();
    assertThat(dns.cacheSizeBytes()).isEqualTo(64 << 20);
    assertThat(dns.queryTimeout()).hasSeconds(5);
    assertThat(dns.maxTtl()).hasDays(1);
    assertThat(dns.kernelAnswers()).isEqualTo(16384);
    assertThat(dns.mixCase()).isTrue();
  }

  @Test
  void upstreamsHaveTheDefaultPortAndPathOfTheirScheme() throws Exception {
    List<Upstream> upstreams = load(GOOD.resolve("upstreams.dae")).settings().dns().upstreams();

    assertThat(upstreams)
        .extracting(u -> u.scheme() + " " + u.host() + " " + u.port() + " " + u.path())
        .containsExactly(
            "UDP 223.5.5.5 53 ",
            "UDP dns.alidns.com 53 ",
            "TCP 8.8.8.8 53 ",
            "TCP_UDP dns.google 53 ",
            "TCP_UDP dns.google 53 ",
            "TLS dns.google 853 ",
            "TLS 1.1.1.1 853 ",
            "QUIC dns.adguard.com 853 ",
            "HTTPS dns.google 443 /dns-query",
            "HTTPS 1.1.1.1 443 /dns-query",
            "HTTPS doh.example 8443 /abc123/path",
            "H3 dns.alidns.com 443 /dns-query",
            "H3 dns.alidns.com 443 /dns-query",
            "UDP 127.0.0.1 5335 ",
            "UDP localhost 53 ",
            "UDP 9.9.9.9 53 ",
            "TCP_UDP dns.example 53 ",
            "TCP fd00::53 53 ",
            "TLS dns.quad9.net 853 ");
    assertThat(upstreams.getLast().options())
        .containsEntry("sni", List.of("quad9.net"))
        .containsEntry("verify", List.of("system"));
  }

  @Test
  void ipv6UpstreamsNeedNoBrackets() throws Exception {
    List<Upstream> upstreams =
        load(GOOD.resolve("ipv6-upstreams.dae")).settings().dns().upstreams();

    assertThat(upstreams)
        .extracting(u -> u.host() + " " + u.port())
        .containsExactly(
            "2001:4860:4860::8888 53",
            "2001:4860:4860::8844 53",
            "2400:3200::1 53",
            "2606:4700:4700::1111 853",
            "2606:4700:4700::1111 443");
  }

  @Test
  void rulesCarryTheNewNamesAndWhatOldSpellingsMean() throws Exception {
    RoutingSettings routing = load(GOOD.resolve("traffic-rules.dae")).settings().routing();
    RoutingSettings old = load(GOOD.resolve("old-keys.dae")).settings().routing();

    assertThat(old.rules().get(0).terms().getFirst().function()).isEqualTo("dip");
    assertThat(old.rules().get(1).terms().getFirst().function()).isEqualTo("dport");
    assertThat(routing.rules().get(1).terms().getFirst().parameters().getFirst().key())
        .isEqualTo("suffix");
    assertThat(routing.rules())
        .filteredOn(rule -> rule.outbound().must())
        .extracting(rule -> rule.outbound().name())
        .containsExactly("my_group", "direct", "my_group", "direct", "direct");
    assertThat(routing.rules())
        .filteredOn(rule -> rule.outbound().mark().isPresent())
        .extracting(rule -> rule.outbound().mark().getAsLong())
        .containsExactly(0x800L, 0x80000000L, 0x9L);
    assertThat(routing.fallback().name()).isEqualTo("my_group");
  }

  @Test
  void geodataIsListedWithItsFileAndTag() throws Exception {
    List<GeoReference> geodata = load(GOOD.resolve("traffic-rules.dae")).settings().geodata();

    assertThat(geodata)
        .extracting(GeoReference::file, GeoReference::tag)
        .contains(
            tuple("geosite.dat", "x@!cn"),
            tuple("yourdatfile.dat", "yourtag"),
            tuple("geosite.dat", "gfw"),
            tuple("geoip.dat", "private"));
    GeoReference attributed =
        geodata.stream().filter(g -> g.tag().equals("x@!cn")).findFirst().orElseThrow();
    assertThat(attributed.list()).isEqualTo("x");
    assertThat(attributed.attributes()).containsExactly("!cn");
  }

  @Test
  void namesOutsideOfAsciiAreReadAndDomainsBecomePunycode() throws Exception {
    Settings settings = load(GOOD.resolve("names-and-emoji.dae")).settings();

    assertThat(settings.nodes())
        .extracting(Node::name)
        .containsExactly("🇭🇰 香港 01 | IEPL", "Москва", "日本", "👩‍💻");
    assertThat(settings.groups())
        .extracting(Group::name)
        .containsExactly("香港", "东京 组", "🚀", "group", "node");
    assertThat(settings.routing().rules().get(1).terms().getFirst().parameters())
        .extracting(Rule.Parameter::value)
        .containsExactly("xn--fiqs8s", "xn--bcher-kva.example");
    assertThat(settings.routing().fallback().must()).isTrue();
  }

  @Test
  void gandersOwnPoliciesAreRead() throws Exception {
    Settings settings = load(GOOD.resolve("policies.dae")).settings();

    assertThat(settings.groups())
        .extracting(Group::policy)
        .containsExactly(
            new Group.Policy.Hash(Group.Policy.By.CLIENT),
            new Group.Policy.Hash(Group.Policy.By.CLIENT),
            new Group.Policy.Hash(Group.Policy.By.DOMAIN),
            new Group.Policy.Weighted(),
            new Group.Policy.Hedge());
    assertThat(settings.groups().get(3).filters())
        .extracting(Group.Filter::weight, filter -> filter.addedLatency().toMillis())
        .containsExactly(tuple(3, 0L), tuple(1, -5L));
    assertThat(settings.nodes()).extracting(Node::link).contains("a -> ss://x");
  }

  @Test
  void quotesAreTakenOffAndEscapedOnesKept() throws Exception {
    Settings settings = load(GOOD.resolve("strings.dae")).settings();

    assertThat(settings.global().queryLog()).isEqualTo("it's \"here\"");
    assertThat(settings.global().httpToken()).contains("a \"quoted\" 'word'");
    assertThat(settings.routing().rules().getFirst().terms().getFirst().parameters())
        .extracting(Rule.Parameter::value)
        .containsExactly("^a\\.b\\\\c$", "it's");
  }

  @Test
  void includedFilesFollowTheEntryFileInTheOrderTheyAreNamed() throws Exception {
    ConfigFile file = load(GOOD.resolve("includes/main.dae"));

    assertThat(file.settings().routing().rules())
        .extracting(rule -> rule.terms().getFirst().parameters().getFirst().value())
        .containsExactly("1", "2", "3", "4");
    assertThat(file.settings().dns().upstreams()).hasSize(1);
    assertThat(file.settings().routing().rules().getLast().place().file())
        .isEqualTo(GOOD.resolve("includes/nested/deeper.dae").toString());
    assertThat(file.warnings())
        .extracting(Diagnostic::message)
        .contains("there is no file `missing.dae`");
  }

  @Test
  void sectionsOfTheSameNameAreMerged() throws Exception {
    Settings settings = load(GOOD.resolve("merged-sections.dae")).settings();

    assertThat(settings.routing().rules()).hasSize(2);
    assertThat(settings.dns().upstreams()).hasSize(2);
    assertThat(settings.dns().request().rules()).hasSize(1);
    assertThat(settings.groups()).hasSize(1);
    assertThat(settings.global().lanInterfaces()).containsExactly("br-lan");
  }

  private static List<String> equalComponents(Record one, Record other) throws Exception {
    List<String> equal = new ArrayList<>();
    for (RecordComponent component : one.getClass().getRecordComponents()) {
      Object value = component.getAccessor().invoke(one);
      if (value.equals(component.getAccessor().invoke(other))) {
        equal.add(component.getName());
      }
    }
    return equal;
  }

  private static ConfigFile load(Path file) throws ConfigException, IOException {
    return ConfigFile.load(file);
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  private static Stream<Path> daeFiles(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> name(file).endsWith(".dae")).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
