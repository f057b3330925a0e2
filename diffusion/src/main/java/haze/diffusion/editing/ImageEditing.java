package haze.diffusion.editing;

import haze.diffusion.figure.ImageGrid.Block;
import haze.diffusion.figure.Output;
import haze.diffusion.pipeline.NotFiniteException;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplerChoice;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.sampler.Network;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// What a trained model does with given images. The results depend on the model, the images, the
/// choice of the sampler and the seed, not on the number of threads.
///
/// Images are `[n, h, w, c]` of the model's size, in [-1, 1]. All methods throw a
/// [RequestException] if a number makes no sense or not for this model, and a [NotFiniteException]
/// if the network's output is NaN or infinite.
public final class ImageEditing {
  /// Rounds of an encoding's step from which on reconstructions of digits hardly get better.
  public static final int ENCODING_ROUNDS = 3;

  /// Rounds of an inpainting's step (Lugmayr et al. 2022, RePaint).
  public static final int INPAINTING_ROUNDS = 10;

  /// The most steps of an inpainting if no number is given: ten rounds of these do more than one
  /// round of ten times as many.
  public static final int INPAINTING_STEPS = 100;

  /// The noise of an interpolation if no timestep is given, as a share of the power: enough for
  /// strokes to move, too little to forget the digits.
  private static final double INTERPOLATION_NOISE = 0.8;

  private static final int INPAINTING_ROWS = 2;

  private final Pipeline pipeline;
  private final SamplerChoice choice;
  private final long seed;
  private final Workers workers;
  private final EditListener listener;
  private final Conditioning condition;

  /// A model that edits.
  ///
  /// @param choice the sampler; what is left open follows the model's scheduler, or the method
  /// @param workers the threads, which the caller closes
  /// @param condition the class that the images have, and the guidance scale
  /// @throws RequestException if the model has no such class, needs one, or cannot be guided
  public ImageEditing(
      Pipeline pipeline,
      SamplerChoice choice,
      long seed,
      Workers workers,
      EditListener listener,
      Conditioning condition) {
    condition.require(pipeline.unet().config());
    this.condition = condition;
    this.pipeline = pipeline;
    this.choice = choice;
    this.seed = seed;
    this.workers = workers;
    this.listener = listener;
  }

  /// A row of images from one to another: both get the same noise, are mixed in a straight line,
  /// and denoised (Ho et al. 2020, section 4.3). The sampler is deterministic if none is chosen.
  ///
  /// @param from `[1, h, w, c]`
  /// @param to the same shape
  /// @param count the images of the row, at least 2
  /// @param t the timestep of the noise, 0..T; where noise has four fifths of the power if it is
  ///   empty
  /// @return the tensors `from`, `images` and `to`; `images` is the main one
  public Output interpolate(Tensor from, Tensor to, int count, OptionalInt t) {
    RequestException.requireAtLeast("count", count, 2);
    requireFitting(from);
    requireFitting(to);
    EditRun run = run(choice.deterministic(pipeline.scheduler()), pipeline.scheduler());
    int step =
        t.isPresent()
            ? run.step(t.getAsInt())
            : run.sampler().schedule().stepAt(INTERPOLATION_NOISE);
    run.noteStart(step);
    // One batch of one after the other, so that both get the noise of the first image.
    Tensor row = Interpolation.linear(run.addNoise(from, step), run.addNoise(to, step), count);
    return run.row(from, run.denoise(row, step), to);
  }

  /// A row of images from one to another: both are encoded, mixed on an arc, and decoded (Song et
  /// al. 2021, DDIM, section 5.3).
  ///
  /// @param from `[1, h, w, c]`
  /// @param to the same shape
  /// @param count the images of the row, at least 2
  /// @param rounds as for [#encode]
  /// @return as for [#interpolate]
  public Output interpolateEncodings(Tensor from, Tensor to, int count, int rounds) {
    RequestException.requireAtLeast("count", count, 2);
    requireFitting(from);
    requireFitting(to);
    EditRun run = invertible();
    Tensor encodings = run.encode(Batches.join(from, to), rounds);
    Tensor row = Interpolation.spherical(encodings.slice(0, 1), encodings.slice(1, 1), count);
    return run.row(from, run.denoise(row, 0), to);
  }

  /// Fills a region of an image, several times, see [InpaintingSampler]. If no sampler is chosen,
  /// by DDPM's ancestral steps: the rounds of a step mend what does not fit by fresh noise, which
  /// the steps of deterministic samplers hardly have.
  ///
  /// @param original `[1, h, w, c]`
  /// @param region what to fill
  /// @param count how many completions, at least 1
  /// @param rounds how often every step is taken, at least 1
  /// @return the tensors `original`, `masked` and `images`; `images` is the main one
  public Output inpaint(Tensor original, MaskRegion region, int count, int rounds) {
    RequestException.requireAtLeast("count", count, 1);
    RequestException.requireAtLeast("rounds", rounds, 1);
    requireFitting(original);
    SamplerChoice steps =
        choice
            .ancestral(pipeline.scheduler())
            .atMostByDefault(INPAINTING_STEPS, pipeline.scheduler());
    EditRun run = run(steps, pipeline.scheduler());
    // The other edits begin with images.
    steps.warnings(pipeline.scheduler()).forEach(text -> listener.note("warning: " + text));
    Tensor mask = region.mask(pipeline.unet().config().imageShape());
    // What is missing is grey, the middle of -1 and 1.
    Tensor masked = original.times(mask);
    Tensor known = Batches.repeat(original, count);
    Sampler inpainting =
        new InpaintingSampler(run.sampler(), known, Batches.repeat(mask, count), rounds);
    Tensor images =
        run.sampled(
            "sample",
            count,
            0,
            watch ->
                new SamplingLoop(run.denoiser(), inpainting).sample(seed, 0, known.shape(), watch));
    return run.output(
        "images",
        Map.of("original", original, "masked", masked, "images", images),
        new Block(Batches.join(original, masked), 1),
        new Block(images, Math.ceilDiv(count, INPAINTING_ROWS)));
  }

  /// Adds noise to an image, several times, and denoises it: what survives the noise stays, the
  /// rest is the model's (Meng et al. 2022, SDEdit).
  ///
  /// @param original `[1, h, w, c]`
  /// @param t the timestep of the noise, 0..T
  /// @param count how many times, each with other noise, at least 1
  /// @return the tensors `original`, `noisy` and `images`; `images` is the main one
  public Output denoise(Tensor original, int t, int count) {
    return denoise(original, t, count, false);
  }

  /// Denoises an image that is noisy already, several times: a clean image plus as much noise as
  /// the timestep has beside an image of full strength.
  ///
  /// @param original `[1, h, w, c]`
  /// @param t the timestep of the noise, 0..T
  /// @param count how many times, at least 1
  /// @return as for [#denoise(Tensor, int, int)]
  public Output denoiseNoisy(Tensor original, int t, int count) {
    return denoise(original, t, count, true);
  }

  private Output denoise(Tensor original, int t, int count, boolean noisy) {
    RequestException.requireAtLeast("count", count, 1);
    requireFitting(original);
    EditRun run = run(choice, pipeline.scheduler());
    int step = run.step(t);
    run.noteStart(step);
    Tensor given = Batches.repeat(original, count);
    Tensor xt = noisy ? run.atItsLevel(given, step) : run.addNoise(given, step);
    Tensor images = run.denoise(xt, step);
    return run.output(
        "images",
        Map.of("original", original, "noisy", xt, "images", images),
        new Block(original, 1),
        new Block(Batches.join(xt, images), count));
  }

  /// Finds the noise from which deterministic sampling makes given images, and samples from it
  /// again, see [DdimInversion]. Nothing is clipped, neither there nor back. The sampler is `ddim`,
  /// or `flow`, if none is chosen.
  ///
  /// @param images at least one, each `[1, h, w, c]`
  /// @param rounds how often the network is evaluated in a step, at least 1, the usual inversion;
  ///   more make it exact
  /// @return the tensors `original`, `encoding` and `reconstruction`; `encoding` is the main one
  public Output encode(List<Tensor> images, int rounds) {
    RequestException.requireAtLeast("image", images.size(), 1);
    images.forEach(this::requireFitting);
    Tensor original = Batches.join(images.toArray(Tensor[]::new));
    EditRun run = invertible();
    Tensor encoding = run.encode(original, rounds);
    Tensor reconstruction = run.denoise(encoding, 0);
    EncodingError.of(original, encoding, reconstruction).lines().forEach(listener::note);
    return run.output(
        "encoding",
        Map.of("original", original, "encoding", encoding, "reconstruction", reconstruction),
        new Block(Batches.join(original, encoding, reconstruction), original.dim(0)));
  }

  private void requireFitting(Tensor image) {
    Shape expected = pipeline.unet().config().imageShape().batch(1);
    if (!image.shape().equals(expected)) {
      throw new RequestException(
          "image", "has the shape " + image.shape() + ", but the model's have " + expected);
    }
  }

  private EditRun run(SamplerChoice sampler, SchedulerConfig scheduler) {
    ShardedUNet unet = new ShardedUNet(pipeline.unet(), workers, condition.scale());
    Network network =
        (xt, timestep) -> {
          float[] timesteps = new float[xt.dim(0)];
          Arrays.fill(timesteps, (float) timestep);
          int[] labels = new int[condition.label().isPresent() ? xt.dim(0) : 0];
          Arrays.fill(labels, condition.label().orElse(0));
          return unet.predict(xt, timesteps, labels);
        };
    return new EditRun(network, scheduler, sampler, seed, listener);
  }

  private EditRun invertible() {
    SchedulerConfig scheduler = pipeline.scheduler();
    SamplerChoice deterministic = choice.deterministic(scheduler);
    deterministic.requireInvertible(scheduler);
    return run(deterministic, scheduler.withoutClipping());
  }
}
