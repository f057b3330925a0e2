package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.sampler.Snapshots.Snapshot;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReverseRowsTest {
  @Test
  void everyImageHasARowOfImagesAndBelowItOneOfExpectations() {
    // Two pictures, three moments: x_t of picture p at moment m is 0.1 (10 p + m), x_0 as much
    // below 0.
    List<Snapshot> taken = List.of(moment(0), moment(1), moment(2));
    CaptionedGrid grid = ReverseRows.of(taken, List.of("a", "b", "c"), List.of("class 3", ""));
    assertEquals(Shape.of(12, 1, 1, 1), grid.images().shape());
    float[] expected = {0, .01f, .02f, -0f, -.01f, -.02f, .1f, .11f, .12f, -.1f, -.11f, -.12f};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], grid.images().data()[i], 1e-6f, "image " + i);
    }
    assertEquals(
        List.of("class 3\nimage x_t", "expected x_0", "image x_t", "expected x_0"), grid.left());
  }

  private static Snapshot moment(int number) {
    Tensor xt = Tensor.of(Shape.of(2, 1, 1, 1), 0.01f * number, 0.1f + 0.01f * number);
    return new Snapshot(number + 1, xt, xt.times(-1));
  }
}
