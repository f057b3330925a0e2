package haze.diffusion.editing;

import haze.diffusion.figure.ImageGrid.Block;
import haze.diffusion.figure.Output;
import haze.diffusion.pipeline.NotFiniteException;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplerChoice;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.sampler.Denoised;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Network;
import haze.diffusion.sampler.ProgressListener;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// One edit: a sampler, and what edits do with it.
final class EditRun {
  private final Network network;
  private final SchedulerConfig config;
  private final Sampler sampler;
  private final long seed;
  private final EditListener listener;

  EditRun(
      Network network,
      SchedulerConfig scheduler,
      SamplerChoice choice,
      long seed,
      EditListener listener) {
    this.network = network;
    this.config = choice.config(scheduler);
    this.sampler = choice.sampler(scheduler);
    this.seed = seed;
    this.listener = listener;
  }

  Sampler sampler() {
    return sampler;
  }

  Denoiser denoiser() {
    return config.denoiser(network);
  }

  SamplingLoop loop() {
    return new SamplingLoop(denoiser(), sampler);
  }

  /// The step that begins at a timestep, or the last one with more noise if the sampler does not
  /// visit it.
  ///
  /// @param t 0..T; 0 is the clean image, after the last step
  int step(int t) {
    int trained = config.numTrainTimesteps();
    if (t < 0 || t > trained) {
      throw new RequestException("t", "is " + t + ", expected 0 to " + trained);
    }
    if (t == 0) {
      return sampler.schedule().steps();
    }
    double noise = config.level(t).noise();
    return sampler.schedule().stepAt(noise * noise);
  }

  void noteStart(int step) {
    int steps = sampler.schedule().steps();
    if (step == steps) {
      listener.note("timestep 0: the image itself, no step back");
      return;
    }
    NoiseLevel level = sampler.schedule().level(step);
    listener.note(
        String.format(
            Locale.ROOT,
            "timestep %.0f of %d: %.3f image + %.3f noise, steps back: %d",
            sampler.schedule().timestep(step)
                - (config.kind().isFlow() ? 0 : NoiseSchedule.modelTimestep(0)),
            config.numTrainTimesteps(),
            level.signal(),
            level.noise(),
            steps - step));
  }

  /// Image i gets noise i of the seed.
  Tensor addNoise(Tensor x0, int step) {
    return loop().addNoise(seed, 0, x0, step);
  }

  /// The images of the process that images of full strength with noise are.
  Tensor atItsLevel(Tensor noisy, int step) {
    NoiseLevel level = sampler.schedule().level(step);
    listener.note(
        String.format(
            Locale.ROOT,
            "takes the image for one with noise of standard deviation %.3f",
            level.sigma()));
    return noisy.times((float) level.signal());
  }

  Tensor denoise(Tensor xt, int step) {
    return step == sampler.schedule().steps()
        ? xt
        : sampled("denoise", xt.dim(0), step, watch -> loop().denoise(seed, 0, xt, step, watch));
  }

  /// Samples with progress, and brings the images into range.
  Tensor sampled(
      String phase, int images, int step, Function<SamplingLoop.Listener, Tensor> sampling) {
    int steps = sampler.schedule().steps() - step;
    ProgressListener progress = listener.phase(phase, steps, images);
    Tensor made = sampling.apply((done, _, _) -> progress.progressed(done - step, steps));
    return NotFiniteException.requireFinite(made).clamp(-1, 1);
  }

  Tensor encode(Tensor x0, int rounds) {
    RequestException.requireAtLeast("rounds", rounds, 1);
    int evaluations = Math.multiplyExact(sampler.schedule().steps(), rounds);
    ProgressListener progress = listener.phase("encode", evaluations, x0.dim(0));
    AtomicInteger done = new AtomicInteger();
    Denoiser denoiser = denoiser();
    Tensor encoding =
        new DdimInversion(sampler.schedule(), rounds)
            .encode(
                (x, level, timestep) -> {
                  Denoised denoised = denoiser.at(x, level, timestep);
                  progress.progressed(done.incrementAndGet(), evaluations);
                  return denoised;
                },
                x0,
                0);
    return NotFiniteException.requireFinite(encoding);
  }

  Output row(Tensor from, Tensor images, Tensor to) {
    return output(
        "images",
        Map.of("from", from, "images", images, "to", to),
        new Block(from, 1),
        new Block(images, images.dim(0)),
        new Block(to, 1));
  }

  Output output(String main, Map<String, Tensor> tensors, Block... blocks) {
    return Output.of(
        main,
        tensors,
        List.of(blocks),
        SamplerChoice.metadata(config.kind(), sampler.schedule().steps(), seed));
  }
}
