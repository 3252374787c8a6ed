package dev.gander.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.Client;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IpMatcherTest {

  @Test
  void aPrefixHoldsFromItsFirstToItsLastAddress() {
    IpMatcher matcher = build("198.51.100.0/25", "2001:db8:1::/48");
    assertThat(holding(matcher, "198.51.100.0")).containsExactly(0);
    assertThat(holding(matcher, "198.51.100.127")).containsExactly(0);
    assertThat(holding(matcher, "198.51.100.128")).isEmpty();
    assertThat(holding(matcher, "198.51.99.255")).isEmpty();
    assertThat(holding(matcher, "2001:db8:1::")).containsExactly(1);
    assertThat(holding(matcher, "2001:db8:1:ffff:ffff:ffff:ffff:ffff")).containsExactly(1);
    assertThat(holding(matcher, "2001:db8:2::")).isEmpty();
    assertThat(holding(matcher, "::")).isEmpty();
  }

  @Test
  void theEndsOfBothFamiliesAreReached() {
    IpMatcher matcher = build("255.255.255.255/32", "0.0.0.0/32", "::/128", "ffff::/16");
    assertThat(holding(matcher, "255.255.255.255")).containsExactly(0);
    assertThat(holding(matcher, "0.0.0.0")).containsExactly(1);
    assertThat(holding(matcher, "::")).containsExactly(2);
    assertThat(holding(matcher, "::1:0:0:0")).isEmpty();
    assertThat(holding(matcher, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).containsExactly(3);
  }

  @Test
  void aPrefixOfOneFamilyNeverHoldsForTheOther() {
    IpMatcher matcher = build("::/0", "0.0.0.0/0", "::/80");
    assertThat(holding(matcher, "192.0.2.1")).containsExactly(1);
    assertThat(holding(matcher, "2001:db8::1")).containsExactly(0);
    assertThat(holding(matcher, "::1")).containsExactly(0, 2);
  }

  @Test
  void anEmptyMatcherHoldsNowhere() {
    IpMatcher matcher = new IpMatcher.Builder().build();
    assertThat(matcher.conditions()).isZero();
    matcher.mark(0, 0xffff_0000_0001L, new long[0]);
    matcher.mark(1, 1, new long[0]);
  }

  @Test
  void allButAListMeansEveryOtherAddressOfBothFamilies() {
    IpMatcher.Builder inside = new IpMatcher.Builder();
    inside.condition();
    add(inside, "10.0.0.0/8");
    add(inside, "10.1.0.0/16");
    add(inside, "11.0.0.0/8");
    add(inside, "ff00::/8");
    IpMatcher.Builder builder = new IpMatcher.Builder();
    builder.condition();
    builder.addAllBut(inside);
    IpMatcher matcher = builder.build();
    assertThat(holding(matcher, "10.1.2.3")).isEmpty();
    assertThat(holding(matcher, "11.255.255.255")).isEmpty();
    assertThat(holding(matcher, "12.0.0.0")).containsExactly(0);
    assertThat(holding(matcher, "9.255.255.255")).containsExactly(0);
    assertThat(holding(matcher, "ff02::1")).isEmpty();
    assertThat(holding(matcher, "::")).containsExactly(0);
  }

  @Test
  void randomPrefixesHoldAsANaiveSearchSays() {
    Random random = new Random(42);
    for (int round = 0; round < 200; round++) {
      List<Naive> prefixes = new ArrayList<>();
      IpMatcher.Builder builder = new IpMatcher.Builder();
      int conditions = 1 + random.nextInt(round % 10 == 0 ? 100 : 6);
      for (int condition = 0; condition < conditions; condition++) {
        builder.condition();
        for (int i = random.nextInt(12); i >= 0; i--) {
          boolean ipv4 = random.nextBoolean();
          int length = random.nextInt(ipv4 ? 33 : 129);
          String prefix = address(random, ipv4) + "/" + length;
          prefixes.add(Naive.of(condition, prefix));
          add(builder, prefix);
        }
      }
      IpMatcher matcher = builder.build();
      for (int i = 0; i < 500; i++) {
        String address = address(random, random.nextBoolean());
        assertThat(holding(matcher, address))
            .as("%s among %s", address, prefixes)
            .containsExactlyElementsOf(naive(prefixes, address));
      }
    }
  }

  private static List<Integer> naive(List<Naive> prefixes, String address) {
    byte[] bytes = InetAddress.ofLiteral(address).getAddress();
    BigInteger number = new BigInteger(1, bytes);
    return prefixes.stream()
        .filter(prefix -> prefix.bytes == bytes.length)
        .filter(prefix -> prefix.network.equals(number.shiftRight(prefix.rest)))
        .map(Naive::condition)
        .distinct()
        .toList();
  }

  /** A prefix: an address's number without its last {@code rest} bits. */
  private record Naive(int condition, int bytes, BigInteger network, int rest, String text) {

    static Naive of(int condition, String text) {
      int slash = text.indexOf('/');
      byte[] address = InetAddress.ofLiteral(text.substring(0, slash)).getAddress();
      int rest = address.length * 8 - Integer.parseInt(text.substring(slash + 1));
      BigInteger network = new BigInteger(1, address).shiftRight(rest);
      return new Naive(condition, address.length, network, rest, text);
    }
  }

  /** Few distinct bytes, so that prefixes meet and nest. */
  private static String address(Random random, boolean ipv4) {
    int[] bytes = {0, 1, 127, 128, 255};
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < (ipv4 ? 4 : 8); i++) {
      int b = bytes[random.nextInt(bytes.length)];
      text.append(i == 0 ? "" : ipv4 ? "." : ":");
      // IPv6 often lies near the mapped range, in it never: such a literal is one of IPv4.
      int group = i < 5 && random.nextInt(4) > 0 ? 0 : i == 5 && b == 255 ? 0xfffe : b * 257;
      text.append(ipv4 ? b : Integer.toHexString(group));
    }
    return text.toString();
  }

  private static IpMatcher build(String... prefixes) {
    IpMatcher.Builder builder = new IpMatcher.Builder();
    for (String prefix : prefixes) {
      builder.condition();
      add(builder, prefix);
    }
    return builder.build();
  }

  private static void add(IpMatcher.Builder builder, String prefix) {
    InetAddress address = InetAddress.ofLiteral(prefix.substring(0, prefix.indexOf('/')));
    int length = Integer.parseInt(prefix.substring(prefix.indexOf('/') + 1));
    int bits = address.getAddress().length * 8;
    builder.add(Client.high(address), Client.low(address), 128 - bits + length);
  }

  private static List<Integer> holding(IpMatcher matcher, String literal) {
    InetAddress address = InetAddress.ofLiteral(literal);
    long[] marks = new long[(matcher.conditions() + 63) >>> 6];
    matcher.mark(Client.high(address), Client.low(address), marks);
    List<Integer> holding = new ArrayList<>();
    for (int condition = 0; condition < matcher.conditions(); condition++) {
      if ((marks[condition >>> 6] & (1L << condition)) != 0) {
        holding.add(condition);
      }
    }
    return holding;
  }
}
