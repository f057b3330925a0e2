package haze.diffusion.cli;

import haze.diffusion.data.DataException;
import haze.diffusion.data.ImageArgument;
import haze.diffusion.editing.DdimInversion;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.UNetDenoiser;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.sampler.Denoised;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;

/// Where commands work on given pictures: a model that is loaded, and what is done with it again
/// and again, with progress shown.
final class Studio {
  private final ModelOptions model;
  private final Pipeline pipeline;
  private final SchedulerConfig sampling;
  private final boolean fit;

  /// A studio for one command.
  ///
  /// @param model what the user said about the model
  /// @param pipeline the model
  /// @param sampling the configuration of the sampler
  /// @param fit whether given pictures are scaled if they do not fit
  Studio(ModelOptions model, Pipeline pipeline, SchedulerConfig sampling, boolean fit) {
    this.model = model;
    this.pipeline = pipeline;
    this.sampling = sampling;
    this.fit = fit;
  }

  SchedulerConfig scheduler() {
    return pipeline.scheduler();
  }

  /// The shape of one of the model's images, `[h, w, c]`.
  Shape imageShape() {
    UNetConfig config = pipeline.unet().config();
    return Shape.of(config.sampleSize(), config.sampleSize(), config.inChannels());
  }

  /// Reads a picture that was given, `[1, h, w, c]`.
  Tensor read(String image) throws DataException {
    return ImageArgument.parse(image).read(imageShape(), fit);
  }

  /// Reads a grey picture of the model's height and width, `[1, h, w, 1]`.
  Tensor readGrey(String image) throws DataException {
    return ImageArgument.parse(image).read(imageShape().with(2, 1), fit);
  }

  /// The step that begins at a timestep, or the last one with more noise if the sampler does not
  /// visit it.
  ///
  /// @param t 0..T; 0 is the finished picture, after the last step
  int step(Sampler sampler, int t) {
    int trained = scheduler().numTrainTimesteps();
    if (t < 0 || t > trained) {
      throw model.wrongUsage("--t is " + t + ", expected 0 to " + trained);
    }
    if (t == 0) {
      return sampler.schedule().steps();
    }
    double noise = scheduler().level(t).noise();
    return sampler.schedule().stepAt(noise * noise);
  }

  /// Says where the way begins.
  void tell(Sampler sampler, int step) {
    int steps = sampler.schedule().steps();
    if (step == steps) {
      model.console().println("timestep 0: the picture itself, no step back");
      return;
    }
    NoiseLevel level = sampler.schedule().level(step);
    model
        .console()
        .println(
            String.format(
                Locale.ROOT,
                "timestep %.0f of %d: %.3f picture + %.3f noise, steps back: %d",
                timestep(sampler, step),
                scheduler().numTrainTimesteps(),
                level.signal(),
                level.noise(),
                steps - step));
  }

  /// The timestep as the mathematics counts it: where networks count from 0, t = 0 would be theirs
  /// less one.
  private double timestep(Sampler sampler, int step) {
    double network = sampler.schedule().timestep(step);
    return scheduler().kind() == SamplerKind.FLOW
        ? network
        : network - NoiseSchedule.modelTimestep(0);
  }

  /// Adds the same noise to pictures as to all others that are first of their batch.
  ///
  /// @param x0 `[n, h, w, c]`; picture i gets noise i of the seed
  Tensor addNoise(Sampler sampler, Tensor x0, int step) {
    // The noise does not depend on the network.
    return new SamplingLoop((_, _, _) -> new Denoised(x0, x0, Optional.empty()), sampler)
        .addNoise(model.seed, 0, x0, step);
  }

  /// Goes the way from a step to the pictures.
  ///
  /// @param xt `[n, h, w, c]`, noisy as there is noise where the step begins
  /// @return pictures in [-1, 1]
  Tensor denoise(Sampler sampler, Tensor xt, int step) throws IOException {
    if (step == sampler.schedule().steps()) {
      return xt;
    }
    return walk(
        "denoise",
        sampler,
        xt.dim(0),
        step,
        (loop, listener) -> loop.denoise(model.seed, 0, xt, step, listener));
  }

  /// Goes all of the way from noise to pictures.
  ///
  /// @param shape `[n, h, w, c]`
  /// @return pictures in [-1, 1]
  Tensor sample(Sampler sampler, Shape shape) throws IOException {
    return walk(
        "sample",
        sampler,
        shape.dim(0),
        0,
        (loop, listener) -> loop.sample(model.seed, 0, shape, listener));
  }

  private Tensor walk(
      String what,
      Sampler sampler,
      int images,
      int step,
      BiFunction<SamplingLoop, SamplingLoop.Listener, Tensor> walk)
      throws IOException {
    try (Workers workers = model.workers();
        Progress progress = progress(what, sampler.schedule().steps() - step, images)) {
      Tensor made =
          walk.apply(
              new SamplingLoop(denoiser(workers), sampler),
              (done, _, _) -> progress.update(done - step, ""));
      progress.finish("");
      return model.clipped(made);
    }
  }

  /// Goes all of the way from pictures to the noise from which a sampler makes them.
  ///
  /// @param x0 `[n, h, w, c]`
  /// @param rounds how often the network is asked in a step
  Tensor encode(Sampler sampler, Tensor x0, int rounds) throws IOException {
    int calls = sampler.schedule().steps() * rounds;
    AtomicInteger done = new AtomicInteger();
    try (Workers workers = model.workers();
        Progress progress = progress("encode", calls, x0.dim(0))) {
      Denoiser denoiser = denoiser(workers);
      Tensor encoding =
          new DdimInversion(sampler.schedule(), rounds)
              .encode(
                  (x, level, timestep) -> {
                    Denoised denoised = denoiser.at(x, level, timestep);
                    progress.update(done.incrementAndGet(), "");
                    return denoised;
                  },
                  x0,
                  0);
      progress.finish("");
      model.requireNumbers(encoding);
      return encoding;
    }
  }

  /// The same picture several times.
  static Tensor repeat(Tensor image, int count) {
    Tensor images = Tensor.zeros(image.shape().with(0, count).dims());
    for (int i = 0; i < count; i++) {
      images.slice(i, 1).copyFrom(image);
    }
    return images;
  }

  /// Several batches as one, in their order.
  static Tensor join(Tensor... batches) {
    int count = 0;
    for (Tensor batch : batches) {
      count += batch.dim(0);
    }
    Tensor joined = Tensor.zeros(batches[0].shape().with(0, count).dims());
    int next = 0;
    for (Tensor batch : batches) {
      joined.slice(next, batch.dim(0)).copyFrom(batch);
      next += batch.dim(0);
    }
    return joined;
  }

  private Denoiser denoiser(Workers workers) {
    return sampling.denoiser(new UNetDenoiser(pipeline.unet(), workers));
  }

  private Progress progress(String what, int steps, int images) {
    return Progress.start(model.console(), what, 0, steps, (double) images / steps);
  }
}
