package haze.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import haze.tensor.ConvolutionFixture;
import haze.tensor.ConvolutionTest;
import haze.tensor.DirtyAllocatorFixture;
import haze.tensor.SamplesFixture;
import haze.tensor.Tensor;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Both kernels for 3x3 windows on the same sizes.
class WinogradTest {
  @Provide
  Arbitrary<ConvolutionFixture> cases() {
    return ConvolutionFixture.any3x3();
  }

  @Property(tries = 150)
  void bothKernelsComputeTheOutput(@ForAll("cases") ConvolutionFixture c, @ForAll long seed) {
    compareForward(c, seed);
  }

  @Property(tries = 150)
  void bothKernelsComputeTheGradientOfTheWeight(
      @ForAll("cases") ConvolutionFixture c, @ForAll long seed) {
    compareBackward(c, seed);
  }

  /// More tiles than a block holds; blocks that begin and end within images; more images in a block
  /// than one; so many channels that the block is smaller; rows of tiles that are cut into strips;
  /// all four kinds of tiles, also in blocks that only have one of each.
  static Stream<ConvolutionFixture> largeCases() {
    return Stream.of(
        ConvolutionFixture.same3x3(2, 40, 23, 16, 32),
        ConvolutionFixture.same3x3(70, 1, 1, 16, 16),
        ConvolutionFixture.same3x3(45, 3, 5, 16, 16),
        ConvolutionFixture.same3x3(9, 14, 14, 32, 16),
        ConvolutionFixture.same3x3(4, 9, 9, 144, 80),
        ConvolutionFixture.same3x3(2, 9, 9, 272, 80),
        ConvolutionFixture.same3x3(1, 5, 150, 16, 16),
        ConvolutionFixture.same3x3(1, 6, 9, 800, 16),
        ConvolutionFixture.same3x3(1, 6, 9, 16, 800),
        ConvolutionFixture.same3x3(20, 7, 14, 16, 32),
        ConvolutionFixture.same3x3(3, 13, 11, 96, 16),
        ConvolutionFixture.same3x3(2, 10, 7, 1600, 16),
        ConvolutionFixture.same3x3(2, 7, 7, 16, 1600));
  }

  @ParameterizedTest
  @MethodSource("largeCases")
  void anyNumberOfTilesPassesThroughTheBlocks(ConvolutionFixture c) {
    compareForward(c, 1);
  }

  @ParameterizedTest
  @MethodSource("largeCases")
  void anyNumberOfTilesIsSummedInTheGradientOfTheWeight(ConvolutionFixture c) {
    compareBackward(c, 1);
  }

  private static void compareForward(ConvolutionFixture c, long seed) {
    var samples = new SamplesFixture(seed);
    Tensor x = samples.normal(c.images());
    Tensor w = samples.normal(c.weight());
    Tensor bias = samples.normal(c.cout());
    var allocator = new DirtyAllocatorFixture();
    ConvolutionShape s = c.sizes();
    Tensor y = allocator.allocate(c.output());
    WinogradPlan plan = WinogradPlan.forward(s);
    float[] scratch = allocator.borrow(plan.scratch());
    Epilogue additions = Epilogue.NONE.withBias(bias.data(), bias.offset());
    Winograd.forward(
        plan,
        x.data(),
        x.offset(),
        w.data(),
        w.offset(),
        false,
        additions,
        y.data(),
        y.offset(),
        scratch);
    allocator.giveBack(scratch);
    var expected = ConvolutionTest.Expected.output(c, x, w, bias);
    expected.check(y, true);

    Tensor direct = allocator.allocate(c.output());
    scratch = allocator.borrow(DirectConvolution.forwardScratch(s));
    DirectConvolution.forward(
        s,
        x.data(),
        x.offset(),
        w.data(),
        w.offset(),
        false,
        additions,
        direct.data(),
        direct.offset(),
        scratch);
    allocator.giveBack(scratch);
    expected.check(direct, false);
    allocator.check();
  }

  private static void compareBackward(ConvolutionFixture c, long seed) {
    var samples = new SamplesFixture(seed);
    Tensor x = samples.normal(c.images());
    Tensor dy = samples.normal(c.output());
    Tensor before = samples.normal(c.weight()).copy();
    var allocator = new DirtyAllocatorFixture();
    ConvolutionShape s = c.sizes();
    Tensor dw = allocator.allocate(c.weight()).copyFrom(before);
    WinogradPlan plan = WinogradPlan.backwardWeights(s);
    float[] scratch = allocator.borrow(plan.scratch());
    Winograd.backwardWeights(
        plan, x.data(), x.offset(), dy.data(), dy.offset(), dw.data(), dw.offset(), scratch);
    allocator.giveBack(scratch);
    var expected = ConvolutionTest.Expected.weight(c, x, dy, before);
    expected.check(dw, true);

    Tensor direct = allocator.allocate(c.weight()).copyFrom(before);
    scratch = allocator.borrow(DirectConvolution.backwardWeightsScratch(s));
    DirectConvolution.backwardWeights(
        s, x.data(), x.offset(), dy.data(), dy.offset(), direct.data(), direct.offset(), scratch);
    allocator.giveBack(scratch);
    expected.check(direct, false);
    allocator.check();
  }

  @Test
  void itIsChosenFor3x3AtStride1WithEnoughChannels() {
    assertTrue(suits(3, 3, 1, 16, 16));
    assertFalse(suits(3, 2, 1, 16, 16));
    assertFalse(suits(2, 3, 1, 16, 16));
    assertFalse(suits(3, 3, 2, 16, 16));
    assertFalse(suits(3, 3, 1, 15, 16));
    assertFalse(suits(3, 3, 1, 16, 15));
    assertFalse(suits(3, 3, 1, 17, 16));
    assertTrue(suits(3, 3, 1, 2096, 16));
    assertFalse(suits(3, 3, 1, 16, 2112));
  }

  private static boolean suits(int kh, int kw, int stride, int cin, int cout) {
    var window = new ConvolutionFixture.Window(kh, kw, stride, 0, 0, 0, 0);
    return Winograd.suits(new ConvolutionFixture(1, 9, 9, cin, cout, window).sizes());
  }

  /// The example of README.md.
  @Test
  void sixteenImagesOfFourteenPixelsAreEightBlocksOfThirtyTwoTiles() {
    assumeTrue(Lanes.COUNT == 16, "machines with other vectors cut otherwise");
    var plan = WinogradPlan.forward(ConvolutionFixture.same3x3(16, 14, 14, 64, 64).sizes());
    assertEquals(8, plan.blocks);
    assertEquals(32, plan.blockTiles);
    plan.begin(0);
    assertEquals(32, plan.count(0));
  }

  @Test
  void scratchMemoryIsWhatIsAskedForAndNoMore() {
    // An array of exactly the length: a kernel that writes beyond it throws.
    for (int cin : IntStream.rangeClosed(1, 34).toArray()) {
      for (int cout : new int[] {35 - cin, 16, 80}) {
        ConvolutionFixture c = ConvolutionFixture.same3x3(3, 6, 5, cin, cout);
        ConvolutionShape s = c.sizes();
        float[] x = new float[c.images().size()];
        float[] w = new float[c.weight().size()];
        float[] y = new float[c.output().size()];
        Epilogue bias = Epilogue.NONE.withBias(new float[s.cout()], 0);
        if (Winograd.suits(s)) {
          WinogradPlan forward = WinogradPlan.forward(s);
          Winograd.forward(forward, x, 0, w, 0, true, bias, y, 0, new float[forward.scratch()]);
          WinogradPlan backward = WinogradPlan.backwardWeights(s);
          Winograd.backwardWeights(backward, x, 0, y, 0, w, 0, new float[backward.scratch()]);
        }
        DirectConvolution.forward(
            s, x, 0, w, 0, true, bias, y, 0, new float[DirectConvolution.forwardScratch(s)]);
        DirectConvolution.backwardWeights(
            s, x, 0, y, 0, w, 0, new float[DirectConvolution.backwardWeightsScratch(s)]);
      }
    }
  }
}
