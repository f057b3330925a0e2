package haze.benchmarks;

import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Attention;
import haze.tensor.Tensor;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A twin that computes something else, or less, would make the comparison worthless.
class ScalarTwinsTest {
  /// Relative to the largest element. The widest gap there is: Winograd's transforms, or a float
  /// mean of many numbers.
  private static final double BOUND = 2e-5;

  @ParameterizedTest
  @ValueSource(strings = {"64x64x64", "33x17x70", "16x32x300"})
  void matrixProducts(String shape) {
    var benchmark = new GemmBenchmark();
    benchmark.shape = shape;
    benchmark.setUp();
    assertSame(benchmark::plain, benchmark::plainScalar);
    assertSame(benchmark::transposedA, benchmark::transposedAScalar);
    assertSame(benchmark::transposedB, benchmark::transposedBScalar);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2x32x48x14", "3x16x16x7"})
  void convolutionsByEveryKernel(String shape) {
    var benchmark = new ConvolutionBenchmark();
    benchmark.shape = shape;
    benchmark.setUp();
    assertPasses(benchmark);
    assertSame(benchmark::forwardDirect, benchmark::forwardScalar);
    assertSame(benchmark::forwardWinograd, benchmark::forwardScalar);
    assertSame(benchmark::backwardDataDirect, benchmark::backwardDataScalar);
    assertSame(benchmark::backwardDataWinograd, benchmark::backwardDataScalar);
    assertSame(
        gradient(benchmark, benchmark::backwardWeightDirect),
        gradient(benchmark, benchmark::backwardWeightScalar));
    assertSame(
        gradient(benchmark, benchmark::backwardWeightWinograd),
        gradient(benchmark, benchmark::backwardWeightScalar));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2x48x32x14-k1", "2x16x32x14-s2", "2x1x32x14", "2x32x3x14"})
  void otherConvolutions(String shape) {
    var benchmark = new OtherConvolutionBenchmark();
    benchmark.shape = shape;
    benchmark.setUp();
    assertPasses(benchmark);
  }

  private static void assertPasses(ConvolutionPasses benchmark) {
    assertSame(benchmark::forward, benchmark::forwardScalar);
    assertSame(benchmark::backwardData, benchmark::backwardDataScalar);
    assertSame(
        gradient(benchmark, benchmark::backwardWeight),
        gradient(benchmark, benchmark::backwardWeightScalar));
    assertSame(benchmark::forwardBackward, benchmark::backwardDataScalar);
  }

  /// Gradients of weights are added to.
  private static Supplier<Tensor> gradient(ConvolutionPasses benchmark, Supplier<Tensor> pass) {
    return () -> {
      benchmark.dWeight.fill(0);
      benchmark.plainDWeight.fill(0);
      return pass.get();
    };
  }

  @Test
  void groupNormalisation() {
    var benchmark = new GroupNormBenchmark();
    benchmark.shape = "2x32x14";
    benchmark.setUp();
    assertSame(benchmark::forward, benchmark::forwardScalar);
    assertSame(benchmark::backward, benchmark::backwardScalar);
    assertSame(benchmark::forwardBackward, benchmark::backwardScalar);
  }

  @Test
  void attention() {
    var benchmark = new AttentionBenchmark();
    benchmark.shape = "2x49x32";
    benchmark.setUp();
    assertSame(benchmark::forward, benchmark::forwardScalar);
    Attention.Gradients vector = benchmark.backward();
    Attention.Gradients scalar = benchmark.backwardScalar();
    assertClose(vector.dq(), scalar.dq());
    assertClose(vector.dk(), scalar.dk());
    assertClose(vector.dv(), scalar.dv());
  }

  @Test
  void activationsAndSoftmax() {
    var activation = new ActivationBenchmark();
    activation.elements = "1000";
    activation.setUp();
    assertSame(activation::exp, activation::expScalar);
    assertSame(activation::silu, activation::siluScalar);
    assertSame(activation::siluBackward, activation::siluBackwardScalar);
    var softmax = new SoftmaxBenchmark();
    softmax.shape = "20x49";
    softmax.setUp();
    assertSame(softmax::softmax, softmax::softmaxScalar);
  }

  @Test
  void movingPixels() {
    var benchmark = new LayoutBenchmark();
    benchmark.shape = "2x48x7";
    benchmark.setUp();
    assertSame(benchmark::upsample, benchmark::upsampleScalar);
    assertSame(benchmark::upsampleBackward, benchmark::upsampleBackwardScalar);
    assertSame(benchmark::concat, benchmark::concatScalar);
  }

  @Test
  void randomNumbers() {
    var benchmark = new RngBenchmark();
    assertSame(benchmark::uniform, benchmark::uniformScalar);
    assertSame(benchmark::normal, benchmark::normalScalar);
  }

  /// From weights of 0, so that the step is compared and not the weights that it hardly moves.
  @Test
  void adam() {
    assertSame(() -> adamStep(AdamBenchmark::update), () -> adamStep(AdamBenchmark::updateScalar));
  }

  private static Tensor adamStep(java.util.function.Function<AdamBenchmark, Tensor> update) {
    var benchmark = new AdamBenchmark();
    benchmark.parameters = "1000";
    benchmark.setUp();
    benchmark.weights.fill(0);
    return update.apply(benchmark);
  }

  private static void assertSame(Supplier<Tensor> vector, Supplier<Tensor> scalar) {
    assertClose(vector.get().copy(), scalar.get().copy());
  }

  private static void assertClose(Tensor vector, Tensor scalar) {
    assertTrue(vector.shape().equals(scalar.shape()), () -> vector + " and " + scalar);
    double largest = 0;
    double error = 0;
    float[] a = vector.toArray();
    float[] b = scalar.toArray();
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(b[i]));
      // Math.max hands NaN on.
      error = Math.max(error, Math.abs((double) a[i] - b[i]));
    }
    double relative = error / largest;
    // A kernel that left the result empty would agree with a twin that does so too.
    assertTrue(largest > 0 && relative <= BOUND, () -> "relative error " + relative);
  }
}
