package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// The examples of the documentation: its pages show the regions of this file, and README.md quotes
/// them, see [ReadmeTest].
class TensorExamplesTest {
  @Test
  void imagesBecomeProbabilities() {
    // @start region="first"
    Tensor images = new Rng(7, 0, 0, 0).normal(Tensor.zeros(8, 28, 28, 1));
    Tensor brightness = images.mean(1, 2, 3); // [8, 1, 1, 1]
    Tensor centred = images.minus(brightness).clamp(-1, 1); // broadcasts to [8, 28, 28, 1]
    Tensor kernel = new Rng(7, 1, 0, 0).normal(Tensor.zeros(3, 3, 1, 32));
    Tensor maps = Convolution.of(1, 1).forward(Allocator.HEAP, centred, kernel, Tensor.zeros(32));
    GroupNorm norm = new GroupNorm(4, 1e-5f, true); // 4 groups of 8 channels, then SiLU
    Tensor active = norm.forward(Allocator.HEAP, maps, Tensor.full(1, 32), Tensor.zeros(32)).y();
    Tensor pooled = active.mean(1, 2).reshape(8, 32);
    Tensor logits = pooled.matmul(new Rng(7, 2, 0, 0).normal(Tensor.zeros(32, 10)));
    Tensor probabilities = Elementwise.softmax(Allocator.HEAP, logits); // [8, 10]
    // @end
    assertEquals(Shape.of(8, 1, 1, 1), brightness.shape());
    assertEquals(Shape.of(8, 28, 28, 32), maps.shape());
    assertEquals(Shape.of(8, 10), probabilities.shape());
    for (float sum : probabilities.sum(-1).toArray()) {
      assertEquals(1, sum, 1e-6);
    }
  }

  @Test
  void aTensorIsAShapeAndAnArray() {
    // @start region="tensor"
    Tensor x = Tensor.of(Shape.of(2, 3), 0, 1, 2, 3, 4, 5);
    Tensor y = x.times(Tensor.of(Shape.of(3), 1, 10, 100)); // [[0, 10, 200], [3, 40, 500]]
    Tensor sums = y.sum(-1); // [2, 1]: 210 and 543
    x.at(1).fill(7); // shares the data: x is now [[0, 1, 2], [7, 7, 7]]
    // @end
    assertArrayEquals(new float[] {0, 10, 200, 3, 40, 500}, y.toArray());
    assertEquals(Shape.of(2, 1), sums.shape());
    assertArrayEquals(new float[] {210, 543}, sums.toArray());
    assertArrayEquals(new float[] {0, 1, 2, 7, 7, 7}, x.toArray());
  }

  @Test
  void theSameNumbersComeFromTheSameKey() {
    long seed = 42;
    int step = 100;
    int image = 3;
    // @start region="rng"
    int noise = 1; // a number for each purpose
    Tensor epsilon = new Rng(seed, noise, step, image).normal(Tensor.zeros(28, 28, 1));
    Tensor again = new Rng(seed, noise, step, image).normal(Tensor.zeros(28, 28, 1)); // the same
    Tensor other = new Rng(seed, noise, step, image + 1).normal(Tensor.zeros(28, 28, 1));
    // @end
    assertArrayEquals(epsilon.toArray(), again.toArray());
    assertTrue(epsilon.get(0, 0, 0) != other.get(0, 0, 0));
  }

  @Test
  void aConvolutionHasThreePasses() {
    Tensor x = new Rng(1, 0, 0, 0).normal(Tensor.zeros(2, 14, 14, 16));
    Tensor weight = new Rng(1, 1, 0, 0).normal(Tensor.zeros(3, 3, 16, 32));
    Tensor bias = Tensor.zeros(32);
    // @start region="convolution"
    Convolution same = Convolution.of(1, 1); // stride 1, one row or column of zeros on each side
    Tensor y = same.forward(Allocator.HEAP, x, weight, bias); // [2, 14, 14, 32]
    Tensor dy = Tensor.full(1, 2, 14, 14, 32); // the gradient of the sum of y
    Tensor dx = same.backwardData(Allocator.HEAP, x.shape(), weight, dy);
    Tensor dWeight = Tensor.zeros(3, 3, 16, 32);
    same.backwardWeight(Allocator.HEAP, x, dy, dWeight); // is added to
    // @end
    assertEquals(Shape.of(2, 14, 14, 32), y.shape());
    // y is linear in x and in the weight, so <dx, x> = <dw, w> = <dy, y>.
    double sum = y.sum().item();
    double scale = y.times(y).sum().item();
    assertEquals(sum, dx.times(x).sum().item(), 1e-5 * scale);
    assertEquals(sum, dWeight.times(weight).sum().item(), 1e-5 * scale);
  }

  @Test
  void axesChangePlaces() {
    Tensor nchw = new Rng(1, 0, 0, 0).normal(Tensor.zeros(2, 3, 8, 8));
    // @start region="layout"
    Tensor nhwc = Layout.permute(Allocator.HEAP, nchw, 0, 2, 3, 1); // PyTorch's images to Haze's
    // @end
    assertEquals(nchw.get(1, 2, 4, 5), nhwc.get(1, 4, 5, 2));
  }

  @Test
  void tasksRunOnThreads() {
    Tensor images = new Rng(1, 0, 0, 0).normal(Tensor.zeros(8, 28, 28, 1));
    // @start region="workers"
    Tensor means = Tensor.zeros(8);
    try (Workers workers = new Workers(2)) {
      workers.run(8, (image, worker) -> means.set(images.at(image).mean().item(), image));
    }
    // @end
    assertArrayEquals(images.mean(1, 2, 3).toArray(), means.toArray());
  }

  @Test
  void aSingleProductRunsOnThreads() {
    Tensor a = new Rng(1, 0, 0, 0).normal(Tensor.zeros(300, 40));
    Tensor b = new Rng(1, 1, 0, 0).normal(Tensor.zeros(40, 50));
    // @start region="parallel"
    Tensor c;
    try (Workers workers = new Workers(2)) {
      c = Parallel.multiply(workers, a, false, b, false); // the bits of a.matmul(b)
    }
    // @end
    assertArrayEquals(a.matmul(b).toArray(), c.toArray());
  }

  @Test
  void anErrorNamesBothSides() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> {
              // @start region="errors"
              Tensor a = Tensor.zeros(64, 32);
              Tensor b = Tensor.zeros(16, 8);
              a.matmul(b); // matmul: inner dimensions differ: [64, 32] x [16, 8]
              // @end
            });
    assertEquals("matmul: inner dimensions differ: [64, 32] x [16, 8]", e.getMessage());
  }
}
