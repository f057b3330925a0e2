package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.benchmarks.Workload;
import haze.nn.unet.UNetConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every number here was computed by hand.
class WorkTest {
  private static Work work(String task, String shape) {
    return Work.of(task, Map.of("shape", shape)).orElseThrow();
  }

  @Test
  void aMatrixProductIsTwoOperationsForEachTerm() {
    // 2*2*3*4 operations on 2x4, 4x3 and 2x3 floats.
    assertEquals(new Work(48, 4 * (8 + 12 + 6)), work("GemmBenchmark.plain", "2x3x4"));
    assertEquals(48.0 / 104, work("GemmBenchmark.transposedB", "2x3x4").intensity());
  }

  @Test
  void aConvolutionIsItsDirectSum() {
    // 2 images of 4x4, 3 -> 5 channels: 2*16 pixels, 9*15 taps; images 96, weights 135, output 160
    // floats.
    Work forward = work("ConvolutionBenchmark.forward", "2x3x5x4");
    assertEquals(new Work(2 * 32 * 135, 4 * (96 + 135 + 160)), forward);
    assertEquals(forward, work("ConvolutionBenchmark.backwardWeight", "2x3x5x4"));
    assertEquals(
        new Work(3 * forward.flops(), 2 * forward.bytes()),
        work("ConvolutionBenchmark.forwardBackward", "2x3x5x4"));
  }

  @Test
  void kernelSizeAndStrideCount() {
    // 1x1: 32 pixels, 15 taps. Stride 2: output 2x2, 8 pixels of 135 taps.
    assertEquals(2 * 32 * 15, work("OtherConvolutionBenchmark.forward", "2x3x5x4-k1").flops());
    assertEquals(
        new Work(2 * 8 * 135, 4 * (96 + 135 + 40)),
        work("OtherConvolutionBenchmark.forward", "2x3x5x4-s2"));
  }

  @Test
  void spreadOverThreadsTheWorkIsTheSame() {
    assertEquals(
        work("GemmBenchmark.plain", "2x3x4"), work("ParallelProductBenchmark.multiply", "2x3x4"));
    for (String pass : List.of("forward", "backwardData", "backwardWeight")) {
      assertEquals(
          work("ConvolutionBenchmark." + pass, "2x3x5x4"),
          work("ParallelConvolutionBenchmark." + pass, "2x3x5x4"));
    }
  }

  @Test
  void attentionIsTwoProductsAndASoftmax() {
    // 2 images, length 3, 5 channels: 18 probabilities of 2*2*5 + 27 operations; q, k, v, y of 30
    // floats.
    assertEquals(
        new Work(18 * (20 + 27), 4 * (4 * 30 + 18)), work("AttentionBenchmark.forward", "2x3x5"));
  }

  @Test
  void memorysRoofsCountWhatPassesByOnce() {
    // 3 kB are three arrays of 256 floats.
    var size = Map.of("kilobytes", "3");
    assertEquals(new Work(0, 4 * 2 * 256), Work.of("MemoryRoofBenchmark.copy", size).orElseThrow());
    assertEquals(
        new Work(2 * 256, 4 * 3 * 256), Work.of("MemoryRoofBenchmark.triad", size).orElseThrow());
    assertEquals(
        new Work(2 * 768, 4 * 2 * 768), Work.of("MemoryRoofBenchmark.update", size).orElseThrow());
  }

  @Test
  void movingPixelsIsNoOperation() {
    // 1 image of 2 channels and 3x3 pixels: 18 floats read, 72 written.
    assertEquals(new Work(0, 4 * 90), work("LayoutBenchmark.upsample", "1x2x3"));
    assertEquals(new Work(0, 4 * 72), work("LayoutBenchmark.concat", "1x2x3"));
  }

  @Test
  void oneLevelOfAUNet() {
    // Images of 4x4 with 1 channel, a single level of 2 channels, 1 layer, no attention.
    var config =
        UNetConfig.builder(4, 1)
            .layers(1)
            .channels(2)
            .attentionAt()
            .midAttention(false)
            .groups(2)
            .build();
    // Weights that every one of 16 pixels meets: conv_in 9*2; down: one block of 2 -> 2 (2 * 9*4);
    // middle: two of them;
    // up: two blocks of 4 -> 2 (9*8 + 9*4 + shortcut 8); conv_out 9*2.
    int pixelWeights = 18 + 3 * 72 + 2 * (72 + 36 + 8) + 18;
    // Once an image: the embedding 2 -> 8 -> 8, and 8 -> 2 in each of five blocks.
    int imageWeights = 16 + 64 + 5 * 16;
    assertEquals(2.0 * (16 * pixelWeights + imageWeights), UNetWork.forward(config));
  }

  @Test
  void everyLevelOfAUNetHasItsPixels() {
    // As above with a second level of 4 channels, which has 4 pixels.
    var config =
        UNetConfig.builder(4, 1)
            .layers(1)
            .channels(2, 4)
            .attentionAt()
            .midAttention(false)
            .groups(2)
            .build();
    // 16 pixels: conv_in; down 2 -> 2; doubling 4 -> 4; up (4 + 2) -> 2 and (2 + 2) -> 2; conv_out.
    int fine = 18 + 72 + 144 + (108 + 36 + 12) + (72 + 36 + 8) + 18;
    // 4 pixels: halving 2 -> 2; down 2 -> 4; middle; up (4 + 4) -> 4 and (4 + 2) -> 4.
    int coarse = 36 + (72 + 144 + 8) + 2 * 288 + (288 + 144 + 32) + (216 + 144 + 24);
    // Once an image: the embedding, then 8 -> 2 in three blocks and 8 -> 4 in five.
    int image = 16 + 64 + 3 * 16 + 5 * 32;
    assertEquals(2.0 * (16 * fine + 4 * coarse + image), UNetWork.forward(config));
  }

  @Test
  void attentionOfAUNetAddsItsLinearLayersAndItsProducts() {
    var without =
        UNetConfig.builder(4, 1)
            .layers(1)
            .channels(2)
            .attentionAt()
            .midAttention(false)
            .groups(2)
            .build();
    var with = UNetConfig.builder(4, 1).layers(1).channels(2).attentionAt().groups(2).build();
    // Four layers of 2x2 for 16 pixels, and 16x16 products of 2 channels, twice.
    assertEquals(
        2.0 * 16 * 4 * 4 + 2.0 * 2 * 16 * 16 * 2,
        UNetWork.forward(with) - UNetWork.forward(without));
  }

  @Test
  void trainingIsThreePassesOfEveryImage() {
    double step =
        Work.of("TrainStepBenchmark.train", Map.of("workload", "R1", "threads", "2"))
            .orElseThrow()
            .flops();
    assertEquals(3 * 64 * UNetWork.forward(Workload.R1.network()), step);
  }

  @ParameterizedTest
  @CsvSource({
    "NewBenchmark.fast, 2x3x4",
    "GemmBenchmark.plain, 2x3",
    "GemmBenchmark.plain, a",
    "GemmBenchmark.plain, 2x3x-4",
    "ConvolutionBenchmark.forward, ''",
    "SoftmaxBenchmark.softmax, 0x3",
    "TrainStepBenchmark.train, R1",
    "ActivationBenchmark.exp, 7"
  })
  void whatIsUnknownHasNoWork(String task, String shape) {
    assertTrue(Work.of(task, Map.of("shape", shape)).isEmpty());
  }
}
