package haze.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.DocumentedCode;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.diffusion.sampler.schedule.SigmaSpacing;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// The sampler of `docs/add-a-sampler.md`.
class OwnSamplerTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000);
  private static final SigmaSchedule SIGMAS =
      new SigmaSchedule(SCHEDULE, TimestepSpacing.LEADING, 0, SigmaSpacing.TIMESTEPS, true);

  /// Song et al. 2021: with eta = 1 DDIM has the ancestral chain's variance, which is that of
  /// sigma_up.
  @Test
  void itsStepsAreThoseOfDdimWithAllTheNoise() {
    Sampler ancestral = new EulerAncestralSampler(SIGMAS.euler(20));
    Sampler ddim =
        new DdimSampler(
            SCHEDULE,
            TimestepSpacing.LEADING.timesteps(1000, 20),
            new DdimSampler.Options(1, true, false));
    Denoiser denoiser =
        Parameterization.of(Prediction.EPSILON, Clip.NONE)
            .denoiser((x, timestep) -> x.times((float) (0.9 + timestep / 20_000)));
    assertArrayEquals(
        new SamplingLoop(denoiser, ddim)
            .sample(7, 0, Shape.of(3, 2, 2, 1), (_, _, _) -> {})
            .toArray(),
        new SamplingLoop(denoiser, ancestral)
            .sample(7, 0, Shape.of(3, 2, 2, 1), (_, _, _) -> {})
            .toArray(),
        1e-4f);
  }

  @Test
  void aProgramUsesItWithoutARow() {
    Pipeline pipeline = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    try (Workers workers = new Workers(2)) {
      // @start region="loop"
      NoiseSchedule schedule = pipeline.scheduler().schedule();
      SigmaSchedule sigmas =
          new SigmaSchedule(schedule, TimestepSpacing.LINSPACE, 0, SigmaSpacing.TIMESTEPS, true);
      Sampler sampler = new EulerAncestralSampler(sigmas.euler(10));
      Denoiser denoiser = pipeline.scheduler().denoiser(new ShardedUNet(pipeline.unet(), workers));
      Shape four = pipeline.unet().config().imageShape().batch(4);
      Tensor images = new SamplingLoop(denoiser, sampler).sample(7, 0, four, (_, _, _) -> {});
      // @end
      assertEquals(four, images.shape());
    }
  }

  /// The rows of the page are compared with the code by eye; its samplers are these.
  @Test
  void thePageShowsThisCode() throws IOException {
    DocumentedCode.requireShown(
        "add-a-sampler.md",
        "../../../../main/java/haze/diffusion/sampler/EulerAncestralSampler.java");
    DocumentedCode.requireShown("add-a-sampler.md", "sampler/OwnSamplerTest.java");
  }
}
