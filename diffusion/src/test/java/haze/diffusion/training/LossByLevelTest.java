package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class LossByLevelTest {
  @Test
  void eachQuarterOfTheTimestepsHasItsMean() {
    LossByLevel losses = new LossByLevel(1000);
    losses.add(new int[] {1, 250, 251, 1000}, new float[] {1, 3, 5, 8});
    losses.add(new int[] {750, 751}, new float[] {7, 16});
    assertEquals(List.of(2.0, 5.0, 7.0, 12.0), losses.take());
    losses.add(new int[] {500}, new float[] {4});
    assertEquals(List.of(Double.NaN, 4.0, Double.NaN, Double.NaN), losses.take());
  }

  @Test
  void fewTimestepsHaveQuartersToo() {
    LossByLevel losses = new LossByLevel(2);
    losses.add(new int[] {1, 2}, new float[] {1, 2});
    assertEquals(List.of(1.0, Double.NaN, 2.0, Double.NaN), losses.take());
  }
}
