package haze.diffusion.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonObjectTest {
  @TempDir Path directory;

  /// Single quotes stand for double ones.
  private JsonObject object(String json) throws IOException {
    Path file = directory.resolve("a.json");
    return JsonObject.read(Files.writeString(file, json.replace('\'', '"')));
  }

  private interface Parameterization {
    void run() throws IOException;
  }

  private String invalid(Parameterization parameterization) {
    String message = assertThrows(BadFileException.class, parameterization::run).getMessage();
    assertTrue(message.chars().allMatch(c -> c >= ' ' && c <= '~'), message);
    assertTrue(message.length() < directory.toString().length() + 250, message);
    return message.replace(directory + "/", "");
  }

  @Test
  void membersAreReadByTypeAndMissingOnesAreTheFallback() throws IOException {
    JsonObject json =
        object(
            "{'s':'x','b':true,'i':-3,'d':0.5,'w':2,'n':null,'l':[1,2],"
                + "'t':['a'],'f':[1,0.5],'_version':'9'}");
    assertEquals("x", json.string("s", "y"));
    assertTrue(json.bool("b", false));
    assertEquals(-3, json.integer("i", 0, -3, 5));
    assertEquals(0.5, json.number("d", 0));
    assertEquals(2.0, json.number("w", 0));
    assertTrue(json.isNull("n"));
    assertTrue(json.has("n"));
    assertEquals(List.of(1, 2), json.integers("l", List.of()));
    assertTrue(json.isList("l"));
    assertEquals(List.of("a"), json.strings("t", List.of()));
    assertEquals(List.of(1.0, 0.5), json.numbers("f"));
    json.requireNoOtherKeys();

    assertEquals("y", json.string("S", "y"));
    assertTrue(json.bool("B", true));
    assertEquals(7, json.integer("I", 7, 0, 1));
    assertEquals(7.5, json.number("D", 7.5));
    assertTrue(json.isNull("N"));
    assertFalse(json.has("N"));
    assertFalse(json.isList("L"));
    assertEquals(List.of(3), json.integers("L", List.of(3)));
    assertEquals(List.of(), json.numbers("L"));
  }

  @Test
  void aValueOfAnotherTypeIsRefusedWithKeyValueAndExpectation() throws IOException {
    JsonObject json =
        object(
            "{'s':1,'b':'true','i':2.0,'j':7,'k':3000000000,'d':'1','e':1e999,"
                + "'l':[1,'2'],'m':{'a':[]},'n':null}");
    assertEquals("a.json: s is 1, expected a string", invalid(() -> json.string("s", "")));
    assertEquals(
        "a.json: b is \"true\", expected true or false", invalid(() -> json.bool("b", true)));
    assertEquals(
        "a.json: i is 2.0, expected a whole number from 0 to 5",
        invalid(() -> json.integer("i", 0, 0, 5)));
    assertEquals(
        "a.json: j is 7, expected a whole number from 0 to 5",
        invalid(() -> json.integer("j", 0, 0, 5)));
    assertEquals(
        "a.json: k is 3000000000, expected a whole number from 0 to 5",
        invalid(() -> json.integer("k", 0, 0, 5)));
    assertEquals("a.json: d is \"1\", expected a number", invalid(() -> json.number("d", 0)));
    assertTrue(invalid(() -> json.number("e", 0)).endsWith("expected a number"));
    assertEquals(
        "a.json: l is [1,\"2\"], expected a list of whole numbers",
        invalid(() -> json.integers("l", List.of())));
    assertEquals(
        "a.json: m is {\"a\":[]}, expected a list of strings",
        invalid(() -> json.strings("m", List.of())));
    assertEquals(
        "a.json: n is null, expected a whole number from 0 to 5",
        invalid(() -> json.integer("n", 0, 0, 5)));
    assertEquals("a.json: n is null, expected a string", invalid(() -> json.string("n", "")));
  }

  @Test
  void aSwitchHasOnlyItsSupportedPositions() throws IOException {
    JsonObject json = object("{'a':1,'b':null,'c':'x'}");
    json.requireOneOf("a", List.of(1.0));
    json.requireOneOf("b", Arrays.asList("y", null));
    json.requireOneOf("missing", List.of(1));
    assertEquals(
        "a.json: a is 1, Haze supports 2 or true",
        invalid(() -> json.requireOneOf("a", List.of(2, true))));
    assertEquals(
        "a.json: c is \"x\", Haze supports null",
        invalid(() -> json.requireOneOf("c", Arrays.asList((Object) null))));
    assertEquals(
        "a.json: b is null, Haze supports 1", invalid(() -> json.requireOneOf("b", List.of(1))));
  }

  /// Python writes them where a number is not finite; whoever asks for a number gets a finite one.
  @Test
  void pythonsInfinityIsAValueButNoNumber() throws IOException {
    JsonObject json = object("{'a':-Infinity,'b':NaN}");
    assertEquals(Double.NEGATIVE_INFINITY, json.value("a"));
    assertEquals(
        "a.json: a is \"-Infinity\", expected a number", invalid(() -> json.number("a", 0)));
    assertEquals("a.json: b is \"NaN\", expected a number", invalid(() -> json.number("b", 0)));
    assertEquals(Set.of("a", "b"), json.keys());
    assertNull(json.value("c"));
  }

  @Test
  void aKeyThatNobodyAskedForIsRefused() throws IOException {
    JsonObject json = object("{'a':1,'new\\u001b[2J':2,'_b':3}");
    json.integer("a", 0, 0, 1);
    assertEquals("a.json: unknown key new?[2J", invalid(json::requireNoOtherKeys));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          `` | not valid JSON: No content to map due to end-of-input
          `{` | line 1, column 2: not valid JSON: Unexpected end-of-input
          `{"a":1` | Unexpected end-of-input
          `{"a":1,"a":2}` | not valid JSON: Duplicate field 'a'
          `{'a':1}` | not valid JSON: Unexpected character (''' (code 39))
          `{"a":01}` | not valid JSON: Invalid numeric value
          `{"a":1} x` | not valid JSON: Unrecognized token 'x'
          `{"a":1} {}` | expected the end of the file after the JSON object
          `[1]` | expected a JSON object, found [1]
          `null` | expected a JSON object, found null
          `"text"` | expected a JSON object, found "text"
          `# x` | not valid JSON: Unexpected character
          `<html>` | not valid JSON: Unexpected character
          """)
  void whatIsNoJsonObjectIsRefused(String json, String expected) {
    Path file = directory.resolve("a.json");
    String message = invalid(() -> JsonObject.read(Files.writeString(file, json)));
    assertTrue(message.startsWith("a.json: ") && message.contains(expected), message);
  }

  @Test
  void aHostileDocumentIsRefusedBeforeItTakesMemory() throws IOException {
    assertTrue(
        invalid(() -> object("{'a':" + "[".repeat(100_000)))
            .contains("not valid JSON: Document nesting depth"));
    assertTrue(
        invalid(() -> object("{'a':" + "9".repeat(100_000) + "}"))
            .contains("not valid JSON: Number value length"));
    assertEquals(
        "a.json: more than 1048576 bytes, too long for its kind",
        invalid(() -> object("{'a':'" + "x".repeat(1 << 20) + "'}")));
    Path file = directory.resolve("b.json");
    Files.write(file, "{\"a\":\"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(invalid(() -> JsonObject.read(file)).contains("b.json: "));
    // Passes for UTF-32, which has no such character.
    Files.write(file, new byte[] {0, 0, 0, '{', 0, 0x7f, 0, 0});
    assertEquals(
        "b.json: not valid JSON: is not a text in UTF-8", invalid(() -> JsonObject.read(file)));
    Files.write(file, new byte[100]);
    assertTrue(invalid(() -> JsonObject.read(file)).contains("not valid JSON"));
  }

  @Test
  void whatIsNoFileIsRefused() {
    assertEquals(
        "c.json: no such file", invalid(() -> JsonObject.read(directory.resolve("c.json"))));
    assertTrue(invalid(() -> JsonObject.read(directory)).endsWith(": not a file"));
  }

  @Test
  void aLongValueIsCutInTheMessage() throws IOException {
    JsonObject json = object("{'a':['" + "x".repeat(10_000) + "\u202e\u009b']}");
    assertTrue(invalid(() -> json.bool("a", true)).contains("xxx..., expected"));
  }
}
