package dev.gander.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.Name;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DomainMatcherTest {

  private static final String[] LABELS = {
    "a", "b", "ab", "ba", "aab", "www", "example", "x-1", "y9"
  };
  private static final String[] EXPRESSIONS = {
    "^a",
    "b$",
    "^a+\\.b",
    "(www|example)\\.",
    "^[a-z]+\\.[ab]{2}$",
    "x-\\d",
    "ab?\\.a",
    "a|b\\.www",
    "y9.*example",
    "\\.ba\\.",
    "^www(\\.ab)*$",
    "EXAMPLE"
  };

  @Test
  void aFullNameMatchesNothingButItself() {
    DomainMatcher matcher = build(one -> one.full("www.Example.com"));
    assertThat(holding(matcher, "www.example.com")).containsExactly(0);
    assertThat(holding(matcher, "a.www.example.com")).isEmpty();
    assertThat(holding(matcher, "example.com")).isEmpty();
  }

  @Test
  void aSuffixMatchesWholeLabelsOnly() {
    DomainMatcher matcher = build(one -> one.suffix("example.com"));
    assertThat(holding(matcher, "example.com")).containsExactly(0);
    assertThat(holding(matcher, "a.b.example.com")).containsExactly(0);
    assertThat(holding(matcher, "badexample.com")).isEmpty();
    assertThat(holding(matcher, "com")).isEmpty();
    assertThat(holding(matcher, "example.com.org")).isEmpty();
  }

  @Test
  void aSuffixWithALeadingDotMeansTheNamesBelow() {
    DomainMatcher matcher = build(one -> one.suffix(".example.com"));
    assertThat(holding(matcher, "example.com")).isEmpty();
    assertThat(holding(matcher, "a.example.com")).containsExactly(0);
  }

  @Test
  void aDotAtTheEndChangesNothing() {
    DomainMatcher matcher = build(one -> one.suffix("example.com."), two -> two.full("b.org."));
    assertThat(holding(matcher, "a.example.com")).containsExactly(0);
    assertThat(holding(matcher, "b.org")).containsExactly(1);
  }

  @Test
  void theRootIsASuffixOfEveryName() {
    DomainMatcher matcher = build(one -> one.suffix("."), two -> two.full("."));
    assertThat(holding(matcher, "a.example.com")).containsExactly(0);
    assertThat(holding(matcher, ".")).containsExactly(0, 1);
  }

  @Test
  void aKeywordMatchesAnywhereAndAcrossLabels() {
    DomainMatcher matcher =
        build(
            one -> one.keyword("GOOG"), two -> two.keyword("e.com"), three -> three.keyword("le"));
    assertThat(holding(matcher, "www.google.com")).containsExactly(0, 1, 2);
    assertThat(holding(matcher, "e.comet.org")).containsExactly(1);
    assertThat(holding(matcher, "goo.g")).isEmpty();
  }

  @Test
  void keywordsInsideKeywordsAreAllFound() {
    DomainMatcher matcher =
        build(
            one -> one.keyword("abcd"),
            two -> two.keyword("bc"),
            three -> three.keyword("c"),
            four -> four.keyword("bcx"));
    assertThat(holding(matcher, "abcd")).containsExactly(0, 1, 2);
    assertThat(holding(matcher, "abcx")).containsExactly(1, 2, 3);
  }

  @Test
  void aRegularExpressionIsSearchedInTheNameWhateverItsCase() {
    DomainMatcher matcher = build(one -> one.regex("^AD[0-9]+\\.example\\.(com|org)$"));
    assertThat(holding(matcher, "ad42.example.org")).containsExactly(0);
    assertThat(holding(matcher, "x.ad42.example.org")).isEmpty();
  }

  @Test
  void namesOfOtherScriptsAreTakenInPunycode() {
    DomainMatcher matcher = build(one -> one.suffix("Bücher.example"), two -> two.full("中国"));
    assertThat(holding(matcher, "www.xn--bcher-kva.example")).containsExactly(0);
    assertThat(holding(matcher, "xn--fiqs8s")).containsExactly(1);
  }

  @Test
  void whatNoNameCanMatchIsRefused() {
    DomainMatcher.Builder builder = new DomainMatcher.Builder();
    builder.condition();
    assertThat(builder.suffix("a..b")).isFalse();
    assertThat(builder.suffix("")).isFalse();
    assertThat(builder.full("a".repeat(64) + ".com")).isFalse();
    assertThat(builder.full("a.".repeat(127) + "bc")).isFalse();
    assertThat(builder.full("a.".repeat(127))).isTrue();
    assertThat(builder.full(("a".repeat(63) + ".").repeat(4))).isFalse();
    assertThat(builder.keyword("中国")).isFalse();
    assertThat(builder.keyword("")).isFalse();
    assertThat(builder.regex("(")).isFalse();
  }

  @Test
  void theLongestNamesAreLookedUp() {
    String deep = "a.".repeat(126) + "a";
    DomainMatcher matcher = build(one -> one.suffix(deep), two -> two.keyword("a.a"));
    assertThat(holding(matcher, deep)).containsExactly(0, 1);
    assertThat(holding(matcher, "b" + deep.substring(1))).containsExactly(1);
    String wide = ("c".repeat(63) + ".").repeat(3) + "c".repeat(61);
    DomainMatcher other = build(one -> one.full(wide), two -> two.suffix("c".repeat(61)));
    assertThat(holding(other, wide)).containsExactly(0, 1);
  }

  @Test
  void randomPatternsMatchAsANaiveSearchSays() {
    Random random = new Random(20_250_101);
    for (int round = 0; round < 400; round++) {
      List<Naive> naive = new ArrayList<>();
      DomainMatcher.Builder builder = new DomainMatcher.Builder();
      int conditions = 1 + random.nextInt(round % 10 == 0 ? 150 : 12);
      for (int condition = 0; condition < conditions; condition++) {
        builder.condition();
        for (int i = random.nextInt(8); i >= 0; i--) {
          Naive pattern = Naive.random(random, condition);
          naive.add(pattern);
          pattern.addTo(builder);
        }
      }
      DomainMatcher matcher = builder.build();
      for (int i = 0; i < 250; i++) {
        String name = name(random);
        assertThat(holding(matcher, name))
            .as("%s among %s", name, naive)
            .containsExactlyElementsOf(
                naive.stream()
                    .filter(pattern -> pattern.matches(name))
                    .map(Naive::condition)
                    .distinct()
                    .toList());
      }
    }
  }

  @Test
  void manyKeywordsAreFoundAsANaiveSearchSays() {
    Random random = new Random(7);
    List<String> keywords = new ArrayList<>();
    DomainMatcher.Builder builder = new DomainMatcher.Builder();
    for (int i = 0; i < 3_000; i++) {
      StringBuilder keyword = new StringBuilder();
      for (int length = 1 + random.nextInt(6); length >= 0; length--) {
        keyword.append("abcdefghijklmnopqrstuvwxyz0123456789-.".charAt(random.nextInt(38)));
      }
      keywords.add(keyword.toString());
      builder.condition();
      builder.keyword(keyword.toString());
    }
    DomainMatcher matcher = builder.build();
    for (int i = 0; i < 2_000; i++) {
      String name =
          keywords.get(random.nextInt(3_000)).replace('.', 'x')
              + "."
              + keywords.get(random.nextInt(3_000)).replace('.', 'y');
      List<Integer> expected = new ArrayList<>();
      for (int k = 0; k < keywords.size(); k++) {
        if (name.contains(keywords.get(k))) {
          expected.add(k);
        }
      }
      assertThat(holding(matcher, name)).as(name).isEqualTo(expected);
    }
  }

  @Test
  void theTextAnExpressionNeedsIsFoundWherePossible() {
    assertThat(RequiredLiterals.of("^adservice\\.google\\.([a-z]{2}|com?)(\\.[a-z]{2})?$"))
        .containsExactly("adservice.google.");
    assertThat(RequiredLiterals.of("(^|\\.)Ads?\\.x")).containsExactly("ad");
    assertThat(RequiredLiterals.of("one|two[0-9]+three")).containsExactly("one", "three");
    assertThat(RequiredLiterals.of("ab{2,3}c")).containsExactly("a");
    assertThat(RequiredLiterals.of("ab+c")).containsExactly("ab");
    assertThat(RequiredLiterals.of("[a-z]+")).isEmpty();
    assertThat(RequiredLiterals.of("abc|[0-9]")).isEmpty();
    assertThat(RequiredLiterals.of("(abc)")).isEmpty();
    assertThat(RequiredLiterals.of("abc{foo|bar}")).isEmpty();
    assertThat(RequiredLiterals.of("\\Qabc\\E")).isEmpty();
    assertThat(RequiredLiterals.of("abc\\")).isEmpty();
  }

  @Test
  void anExpressionNeverMatchesWithoutTheTextItNeeds() {
    Random random = new Random(11);
    String alphabet = "ab.ab.\\.?*+|()[]{}1,^$-d";
    int read = 0;
    for (int i = 0; i < 60_000; i++) {
      StringBuilder expression = new StringBuilder();
      for (int length = random.nextInt(9); length >= 0; length--) {
        expression.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String text = expression.toString();
      List<String> needed = RequiredLiterals.of(text);
      com.google.re2j.Pattern pattern;
      try {
        pattern = com.google.re2j.Pattern.compile(text);
      } catch (com.google.re2j.PatternSyntaxException notRe2) {
        continue;
      }
      for (int n = 0; n < 4 && !needed.isEmpty(); n++) {
        String name = name(random);
        if (pattern.matcher(name).find()) {
          read++;
          assertThat(needed).as("%s on %s", text, name).anyMatch(name::contains);
        }
      }
    }
    assertThat(read).isGreaterThan(1_000);
  }

  /** One pattern, matched as its definition says. */
  private record Naive(int condition, int kind, String value) {

    static Naive random(Random random, int condition) {
      int kind = random.nextInt(random.nextInt(4) == 0 ? 4 : 2);
      String value = name(random);
      if (kind == 2) {
        int from = random.nextInt(value.length());
        value = value.substring(from, from + 1 + random.nextInt(value.length() - from));
      } else if (kind == 3) {
        value = EXPRESSIONS[random.nextInt(EXPRESSIONS.length)];
      }
      return new Naive(condition, kind, value);
    }

    void addTo(DomainMatcher.Builder builder) {
      boolean added =
          switch (kind) {
            case 0 -> builder.suffix(value);
            case 1 -> builder.full(value);
            case 2 -> builder.keyword(value);
            default -> builder.regex(value);
          };
      assertThat(added).isTrue();
    }

    boolean matches(String name) {
      return switch (kind) {
        case 0 -> name.equals(value) || name.endsWith("." + value);
        case 1 -> name.equals(value);
        case 2 -> name.contains(value);
        default -> Pattern.compile(value, Pattern.CASE_INSENSITIVE).matcher(name).find();
      };
    }
  }

  private static String name(Random random) {
    StringBuilder name = new StringBuilder();
    for (int labels = random.nextInt(4); labels >= 0; labels--) {
      name.append(name.isEmpty() ? "" : ".").append(LABELS[random.nextInt(LABELS.length)]);
    }
    return name.toString();
  }

  @SafeVarargs
  private static DomainMatcher build(Consumer<DomainMatcher.Builder>... conditions) {
    DomainMatcher.Builder builder = new DomainMatcher.Builder();
    for (Consumer<DomainMatcher.Builder> condition : conditions) {
      builder.condition();
      condition.accept(builder);
    }
    return builder.build();
  }

  private static List<Integer> holding(DomainMatcher matcher, String name) {
    DomainMatcher.LookUp state = matcher.newLookUp();
    matcher.lookUp(Name.toWire(name), 0, state);
    List<Integer> holding = new ArrayList<>();
    for (int condition = 0; condition < matcher.conditions(); condition++) {
      if (matcher.holds(condition, state)) {
        holding.add(condition);
      }
    }
    return holding;
  }
}
