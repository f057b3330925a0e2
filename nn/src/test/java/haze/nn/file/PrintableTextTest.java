package haze.nn.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.nn.safetensors.TensorFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PrintableTextTest {
  /// Clears the screen, turns the direction of the text, ends the line.
  private static final String HARMFUL = "a\u001b[2J\u009b\u202e\u2028\r\nb";

  private static final String HARMLESS = "a?[2J?????b";

  @Test
  void whatDoesSomethingElseThanBeingReadIsReplaced() {
    assertEquals(HARMLESS, PrintableText.harmless(HARMFUL));
    assertEquals(
        "\u00e9 \u05d0 \u200d \ud83d\ude00",
        PrintableText.harmless("\u00e9 \u05d0 \u200d \ud83d\ude00"));
  }

  @Test
  void messagesAboutFilesAreHarmless() {
    assertEquals(
        HARMLESS + ": is " + HARMLESS,
        new FileException(Path.of(HARMFUL), "is " + HARMFUL).getMessage());
    assertEquals(
        HARMLESS + ": is " + HARMLESS,
        new TensorFileException(HARMFUL, "is " + HARMFUL).getMessage());
    assertEquals('"' + HARMLESS + '"', TensorFileException.quote(HARMFUL));
    assertEquals(104, TensorFileException.quote("a\n".repeat(1000)).length() - 1);
  }
}
