package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonTest {

  @Test
  void writesOneLineOfEveryKind() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("text", "a\"b\\c\n\u0001é\ud83e\udebf");
    object.put("number", 7L);
    object.put("real", 1.5);
    object.put("truth", true);
    object.put("list", List.of("x", List.of(), Map.of()));
    assertThat(Json.write(object))
        .isEqualTo(
            "{\"text\":\"a\\\"b\\\\c\\n\\u0001é\ud83e\udebf\",\"number\":7,\"real\":1.5,"
                + "\"truth\":true,\"list\":[\"x\",[],{}]}");
  }

  @Test
  void readsBackWhatItWrites() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("a", List.of(1L, -2L, "three", true, false, 4.25));
    object.put("b", Map.of("inner", "\t\r\n \u0000 \ud83d\ude00"));
    assertThat(Json.parseObject(Json.write(object))).isEqualTo(object);
  }

  @Test
  void aLoneSurrogateIsEscapedAndComesBack() {
    Map<String, Object> object = Map.of("a", "x\ud83e");
    assertThat(Json.write(object)).contains("\\ud83e");
    assertThat(Json.parseObject(Json.write(object))).isEqualTo(object);
  }

  @Test
  void everythingElseIsRefusedWithThePlace() {
    for (String wrong :
        List.of(
            "",
            "[]",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{} x",
            "{\"a\":nul}",
            "{'a':1}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}",
            "{\"a\":1e}",
            "{\"a\":--1}")) {
      assertThatThrownBy(() -> Json.parseObject(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at character");
    }
  }

  @Test
  void deepNestingIsRefusedInsteadOfOverflowingTheStack() {
    String deep = "{\"a\":" + "[".repeat(100_000);
    assertThatThrownBy(() -> Json.parseObject(deep))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nested too deeply");
  }

  @Test
  void noInputThrowsAnythingButItsOwnError() {
    Random random = new Random(4);
    String alphabet = "{}[]\":,\\u0aetrf1.-+ \n";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder("{");
      for (int j = random.nextInt(20); j > 0; j--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        Json.parseObject(text.toString());
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageStartingWith("JSON: ");
      }
    }
  }
}
