package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.nn.unet.UNet;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GuidanceTest {
  /// Classes 0 to 3, and none.
  private static final int NONE = 4;

  private static final int IMAGES = ShardedUNet.SHARD + 3;

  private final int[] labels = IntStream.range(0, IMAGES).map(i -> i % NONE).toArray();
  private final Tensor xt = new Rng(1, 2, 3, 4).normal(Tensor.zeros(IMAGES, 8, 8, 1));

  private static UNet network(int outChannels) {
    return PipelineGolden.untrained(
            PipelineGolden.TINY.with(8, 8, 1, outChannels, OptionalInt.of(NONE + 1)),
            PipelineGolden.SHORT)
        .unet();
  }

  private float[] predict(UNet unet, double scale, int... classes) {
    try (Workers workers = new Workers(2)) {
      return new ShardedUNet(unet, workers, scale, classes).predict(xt, 7).toArray();
    }
  }

  @Test
  void guidanceGoesFromNoClassToTheClassAndBeyond() {
    UNet unet = network(1);
    int[] nones = new int[IMAGES];
    Arrays.fill(nones, NONE);
    float[] none = predict(unet, 1, nones);
    float[] asked = predict(unet, 1, labels);
    assertFalse(Arrays.equals(none, asked));
    assertArrayEquals(none, predict(unet, 0, labels), 1e-6f);
    for (double scale : new double[] {0.5, 3, -1}) {
      float[] guided = predict(unet, scale, labels);
      for (int i = 0; i < guided.length; i++) {
        assertEquals(none[i] + scale * (asked[i] - none[i]), guided[i], 1e-5);
      }
    }
  }

  @Test
  void withoutLabelsANetworkThatKnowsThemIsAskedForNoClass() {
    UNet unet = network(1);
    int[] nones = new int[IMAGES];
    Arrays.fill(nones, NONE);
    try (Workers workers = new Workers(1)) {
      assertArrayEquals(
          predict(unet, 1, nones), new ShardedUNet(unet, workers).predict(xt, 7).toArray());
    }
  }

  @Test
  void aLearnedVarianceIsNotGuided() {
    UNet unet = network(2);
    float[] asked = predict(unet, 1, labels);
    float[] guided = predict(unet, 3, labels);
    for (int i = 1; i < asked.length; i += 2) {
      assertEquals(asked[i], guided[i]);
    }
    assertFalse(Arrays.equals(asked, guided));
  }

  /// In the variance neither.
  @Test
  void atScaleZeroTheClassHasNoShare() {
    UNet unet = network(2);
    int[] nones = new int[IMAGES];
    Arrays.fill(nones, NONE);
    assertArrayEquals(predict(unet, 1, nones), predict(unet, 0, labels));
  }

  @Test
  void anImageDoesNotDependOnItsBatchNorOnTheThreads() {
    UNet unet = network(1);
    float[] all = predict(unet, 2, labels);
    try (Workers one = new Workers(1)) {
      assertArrayEquals(all, new ShardedUNet(unet, one, 2, labels).predict(xt, 7).toArray());
      float[] last =
          new ShardedUNet(unet, one, 2, labels[IMAGES - 1])
              .predict(xt.slice(IMAGES - 1, 1), 7)
              .toArray();
      assertArrayEquals(Arrays.copyOfRange(all, all.length - 64, all.length), last);
    }
  }

  @Test
  void whatTheNetworkDoesNotKnowIsRefused() {
    UNet unet = network(1);
    assertRefused("denoiser: the network knows of 5 labels, there is no 5", unet, 1, 5);
    assertRefused("denoiser: the network knows of 5 labels, there is no -1", unet, 1, -1);
    assertRefused("denoiser: guidance is NaN", unet, Double.NaN, 1);
    assertRefused(
        "denoiser: " + IMAGES + " timesteps and 2 labels for images [" + IMAGES + ", 8, 8, 1]",
        unet,
        1,
        1,
        2);
    UNet plain = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT).unet();
    assertRefused("denoiser: the network knows of 0 labels, there is no 0", plain, 1, 0);
  }

  private void assertRefused(String message, UNet unet, double scale, int... classes) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> predict(unet, scale, classes))
            .getMessage());
  }
}
