package haze.diffusion.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonWriterTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "1, 1.0",
    "0, 0.0",
    "10, 10.0",
    "0.02, 0.02",
    "0.0001, 0.0001",
    "0.00001, 1e-05",
    "0.000012, 1.2e-05",
    "1e-6, 1e-06",
    "-0.995, -0.995",
    "1e15, 1000000000000000.0",
    "1e16, 1e+16",
    "1.5e300, 1.5e+300",
    "2e-300, 2e-300",
    "123456.789, 123456.789",
    "0.1234567890123456, 0.1234567890123456"
  })
  void numbersAreWrittenAsPythonDoes(double number, String text) {
    assertEquals(text, JsonWriter.number(number));
  }

  @Test
  void infinityIsWrittenAsPythonDoes() {
    assertEquals("-Infinity", JsonWriter.number(Double.NEGATIVE_INFINITY));
  }

  @Property
  void aNumberIsReadBackAsItIs(@ForAll double number) {
    assertEquals(number + 0.0, Double.parseDouble(JsonWriter.number(number)) + 0.0);
  }

  @Test
  void keysAreSortedAndListsTakeALineAnElement() throws Exception {
    Path file = directory.resolve("a.json");
    new JsonWriter()
        .put("b", List.of(1, 2L))
        .put("a", null)
        .put("c", List.of())
        .put("_d", "x\"\n")
        .put("e", true)
        .write(file);
    assertEquals(
        """
        {
          "_d": "x\\"\\n",
          "a": null,
          "b": [
            1,
            2
          ],
          "c": [],
          "e": true
        }
        """,
        Files.readString(file));
    assertEquals("{}\n", new JsonWriter().toString());
  }

  @Test
  void whatJsonCannotSayIsRefused() {
    JsonWriter json = new JsonWriter().put("a", Double.NaN);
    assertEquals(
        "JSON: cannot write NaN",
        assertThrows(IllegalArgumentException.class, json::toString).getMessage());
    assertThrows(IllegalArgumentException.class, new JsonWriter().put("a", 'c')::toString);
  }
}
