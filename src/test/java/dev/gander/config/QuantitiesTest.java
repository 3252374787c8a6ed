package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.config.Syntax.Literal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuantitiesTest {

  private static final Problems NONE = new Problems();

  @Test
  void durationsAreReadAsDaeReadsThem() throws BadValue {
    assertThat(Quantities.duration(literal("1m30s"), NONE)).isEqualTo(Duration.ofSeconds(90));
    assertThat(Quantities.duration(literal("500ms"), NONE)).isEqualTo(Duration.ofMillis(500));
    assertThat(Quantities.duration(literal("1.5h"), NONE)).isEqualTo(Duration.ofMinutes(90));
    assertThat(Quantities.duration(literal("2d"), NONE)).isEqualTo(Duration.ofDays(2));
    assertThat(Quantities.duration(literal("10us"), NONE)).isEqualTo(Duration.ofNanos(10_000));
    assertThat(Quantities.duration(literal("0"), NONE)).isZero();
    assertThat(Quantities.signedDuration(literal("-500ms"))).isEqualTo(Duration.ofMillis(-500));
  }

  @Test
  void whatIsNoDurationIsRefused() {
    for (String wrong : List.of("", "30", "s", "3x", "1m30", "- 5s", "99999999999d", "1s ago")) {
      assertThatThrownBy(() -> Quantities.duration(literal(wrong), NONE))
          .as(wrong)
          .isInstanceOf(BadValue.class);
    }
  }

  @Test
  void bandwidthsAreBitsWithAUnitAndBytesWithout() throws BadValue {
    assertThat(Quantities.bandwidth(literal("200 mbps"), NONE)).isEqualTo(25_000_000);
    assertThat(Quantities.bandwidth(literal("1 gbps"), NONE)).isEqualTo(125_000_000);
    assertThat(Quantities.bandwidth(literal("100Mbps"), NONE)).isEqualTo(12_500_000);
    assertThat(Quantities.bandwidth(literal("25000000"), NONE)).isEqualTo(25_000_000);
  }

  @Test
  void sizesAreBytes() throws BadValue {
    assertThat(Quantities.bytes(literal("64MiB"), NONE)).isEqualTo(64L << 20);
    assertThat(Quantities.bytes(literal("64 MB"), NONE)).isEqualTo(64_000_000);
    assertThat(Quantities.bytes(literal("1g"), NONE)).isEqualTo(1L << 30);
    assertThat(Quantities.bytes(literal("512"), NONE)).isEqualTo(512);
  }

  @Test
  void addressesAreReadWithoutAskingAnyone() {
    for (String good :
        List.of(
            "0.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "2001:db8::",
            "1::8",
            "1:2:3:4:5:6:7:8",
            "::ffff:1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4")) {
      assertThat(Addresses.parse(good)).as(good).isNotNull();
    }
    for (String bad :
        List.of(
            "",
            "1",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "01.2.3.4444",
            "a.b.c.d",
            ":",
            ":::",
            "1::2::3",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "12345::",
            "g::",
            "1:2",
            "::1.2.3",
            "1.2.3.4::",
            "fe80::1%eth0")) {
      assertThat(Addresses.parse(bad)).as(bad).isNull();
    }
  }

  @Test
  void macAddressesComeInThreeForms() throws BadValue {
    for (String form : List.of("02:42:AC:11:00:02", "02-42-ac-11-00-02", "0242.ac11.0002")) {
      assertThat(Addresses.mac(literal(form))).isEqualTo("02:42:ac:11:00:02");
    }
  }

  private static Literal literal(String text) {
    return new Literal(text, true, Place.BUILT_IN);
  }
}
