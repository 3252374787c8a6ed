package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParserTest {

  @Test
  void aWordEndsWhereAnArrowBegins() {
    assertThat(tokens("a-b->c")).containsExactly("WORD a-b", "ARROW ", "WORD c");
  }

  @Test
  void aCommentBeginsATokenOnly() {
    assertThat(tokens("info#x # y\nz")).containsExactly("WORD info#x", "WORD z");
    assertThat(tokens("a/* b */c")).containsExactly("WORD a/*", "WORD b", "WORD */c");
    assertThat(tokens("a /* b */c")).containsExactly("WORD a", "WORD c");
    assertThat(tokens("config.d/*.dae")).containsExactly("WORD config.d/*.dae");
  }

  @Test
  void wordsHoldWhatTheLanguageAllows() {
    assertThat(tokens("geosite category-scholar-!cn x@!cn domain++ ^a\\.b$ *.x a=b 0x20"))
        .containsExactly(
            "WORD geosite",
            "WORD category-scholar-!cn",
            "WORD x@!cn",
            "WORD domain++",
            "WORD ^a\\.b$",
            "WORD *.x",
            "WORD a=b",
            "WORD 0x20");
  }

  @Test
  void aBackslashKeepsTheNextQuoteFromClosing() {
    assertThat(tokens("'a\\'b' \"\\\"\" 'c\\d' 'e\\\\'"))
        .containsExactly("STRING a'b", "STRING \"", "STRING c\\d", "STRING e\\\\");
  }

  @Test
  void theOtherQuoteAndNewLinesStandInsideAString() {
    assertThat(tokens("'say \"x\"' \"it's\" 'a\nb'"))
        .containsExactly("STRING say \"x\"", "STRING it's", "STRING a\nb");
  }

  @Test
  void columnsCountCodePointsAndLinesAnyLineEnd() {
    List<Token> tokens = all("🚀 a\r\n\t'b\nc' d");
    assertThat(tokens)
        .extracting(token -> token.place().line() + ":" + token.place().column())
        .containsExactly("1:1", "1:3", "2:2", "3:4", "3:5");
  }

  @Test
  void oneOpenStringIsToldOnceAndTheRestOfTheFileStillRead() {
    Problems problems = new Problems();
    List<Syntax.Section> sections =
        Parser.parse("x", "global {\n a: 'b\n c: 'd'\n}\nrouting { }", problems);

    assertThat(problems.inOrder())
        .extracting(Diagnostic::toString)
        .containsExactly("x:2:5: error: this string is never closed (close it with ')");
    assertThat(sections).extracting(Syntax.Section::name).containsExactly("global", "routing");
  }

  @Test
  void theNearestNameIsSuggested() {
    assertThat(Suggestions.nearest("fallbak", List.of("fallback", "full"))).isEqualTo("fallback");
    assertThat(Suggestions.nearest("lan-interface", List.of("lan_interface", "wan_interface")))
        .isEqualTo("lan_interface");
    assertThat(Suggestions.nearest("zzz", List.of("fallback"))).isEmpty();
    assertThat(Suggestions.distance("ab", "ba")).isEqualTo(1);
    assertThat(Suggestions.distance("kitten", "sitting")).isEqualTo(3);
  }

  private static List<String> tokens(String text) {
    List<String> shown = new ArrayList<>();
    for (Token token : all(text)) {
      if (!token.is(Kind.END)) {
        shown.add(token.kind() + " " + token.text());
      }
    }
    return shown;
  }

  private static List<Token> all(String text) {
    Problems problems = new Problems();
    Lexer lexer = new Lexer("x", text, false, problems);
    List<Token> tokens = new ArrayList<>();
    do {
      tokens.add(lexer.next());
    } while (!tokens.getLast().is(Kind.END));
    assertThat(problems.inOrder()).isEmpty();
    return tokens;
  }
}
