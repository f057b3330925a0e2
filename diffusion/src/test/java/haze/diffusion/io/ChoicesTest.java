package haze.diffusion.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChoicesTest {
  private static final List<String> NAMES = List.of("ddpm", "ddim", "euler", "dpmsolver++");

  @Test
  void aSlipOfThePenIsUnderstood() {
    // Two letters exchanged, one missing, one too many, another one, upper case.
    assertEquals(Optional.of("ddim"), Choices.similar("ddmi", NAMES));
    assertEquals(Optional.of("ddpm"), Choices.similar("dpm", NAMES));
    assertEquals(Optional.of("euler"), Choices.similar("eulerr", NAMES));
    assertEquals(Optional.of("euler"), Choices.similar("EULAR", NAMES));
    assertEquals(Optional.of("dpmsolver++"), Choices.similar("dpmsolver", NAMES));
    assertEquals(Optional.empty(), Choices.similar("heun", NAMES));
    assertEquals(Optional.empty(), Choices.similar("", NAMES));
  }

  @Test
  void whatIsExpectedNamesAll() {
    assertEquals("one of ddpm, ddim, euler, dpmsolver++", Choices.expected("x", NAMES));
    assertEquals(
        "one of ddpm, ddim, euler, dpmsolver++, did you mean ddim?",
        Choices.expected("ddin", NAMES));
  }
}
