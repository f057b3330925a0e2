package haze.diffusion.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Rng;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// A sampler of timesteps from outside the package; `TrainerTest` trains with it.
public class OwnTimestepSamplerTest {
  // @start region="own"
  /// Timesteps 2, 4, .., T, each as likely as any other.
  public record EvenTimesteps(int timesteps) implements TimestepSampler {
    @Override
    public Draw draw(long seed, int purpose, int step, int count) {
      int[] t = new int[count];
      for (int i = 0; i < count; i++) {
        t[i] = 2 + 2 * new Rng(seed, purpose, step, i).below(0, timesteps / 2);
      }
      return Draw.unweighted(t);
    }
  }

  // @end

  @Test
  void everyDrawIsEvenAndHasWeightOne() {
    TimestepSampler.Draw draw = new EvenTimesteps(10).draw(1, 2, 3, 1000);
    assertArrayEquals(
        new int[] {2, 4, 6, 8, 10}, Arrays.stream(draw.t()).distinct().sorted().toArray());
    for (float weight : draw.weights()) {
      assertEquals(1, weight);
    }
    assertTrue(new EvenTimesteps(10).state().isEmpty());
  }

  @Test
  void aDrawNeedsAWeightForEachTimestep() {
    assertEquals(
        "timesteps: 1 weights for 2 images",
        assertThrows(
                IllegalArgumentException.class,
                () -> new TimestepSampler.Draw(new int[2], new float[1]))
            .getMessage());
  }
}
