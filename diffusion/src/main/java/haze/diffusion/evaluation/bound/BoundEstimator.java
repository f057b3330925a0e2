package haze.diffusion.evaluation.bound;

import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.function.IntFunction;

/// Estimates the variational bound of any network on images; [BoundEvaluation] does so for a
/// pipeline.
///
/// An image is noised once for each timestep that it is measured at, `x_t ~ q(x_t | x_0)`, the
/// network is evaluated at `x_t`, and [VariationalBound#term] is the loss of its output. The mean
/// squared errors are those of the predicted `x_0`, clipped if the reverse process clips, and of
/// the epsilon that it implies, as in openai/improved-diffusion.
///
/// An image's numbers depend on the model, the seed and the image alone: not on the other images,
/// the size of the batches, or the number of threads. Only one batch is in memory.
public final class BoundEstimator {
  /// The purpose of the noise's random numbers, see [Rng]: the letters "EVAL". Its step is t.
  static final int PURPOSE = 0x4556414C;

  /// A network that predicts as the bound's reverse process demands.
  @FunctionalInterface
  public interface Network {
    /// Evaluates the network. The output for an image must not depend on the others.
    ///
    /// @param xt noisy images, `[n, h, w, c]`; not to be changed
    /// @param timesteps the timestep of each as networks count, 0..T-1, see
    ///   [NoiseSchedule#modelTimestep]
    /// @param images the number of each image, for a network that is conditioned on more than xt
    /// @return `[n, h, w, c]`, or `[n, h, w, 2c]` if the variance is learned
    Tensor predict(Tensor xt, float[] timesteps, int[] images);
  }

  /// Images that are known by their numbers.
  @FunctionalInterface
  public interface Images {
    /// {@return some of the images, `[n, h, w, c]`, in grey levels `2 k / 255 - 1`}
    ///
    /// @param numbers which
    Tensor of(int[] numbers);
  }

  private final VariationalBound bound;
  private final SystematicTimesteps selection;
  private final Network network;
  private final Workers workers;

  /// An estimator.
  ///
  /// @param selection which timesteps an image is measured at
  /// @param network the network, called by one thread at a time
  /// @param workers the threads for everything else; they may be the network's, and the caller
  ///   closes them
  /// @throws IllegalArgumentException if bound and selection have different timesteps
  public BoundEstimator(
      VariationalBound bound, SystematicTimesteps selection, Network network, Workers workers) {
    int timesteps = bound.reverse().schedule().timesteps();
    if (selection.timesteps() != timesteps) {
      throw new IllegalArgumentException(
          "bound: a selection of "
              + selection.timesteps()
              + " timesteps for a schedule of "
              + timesteps);
    }
    this.bound = bound;
    this.selection = selection;
    this.network = network;
    this.workers = workers;
  }

  /// Measures images.
  ///
  /// @param numbers of those to measure, at least one; each number once
  /// @param batch how many the network is evaluated for at a time; the result does not depend on it
  /// @param measurement what the result says of it; its seed is that of noise and timesteps
  /// @param listener notified after each evaluation of the network
  /// @throws ArithmeticException if the network's output is NaN or infinite
  /// @throws IllegalArgumentException if the output has another shape than the bound needs
  public BoundResult estimate(
      Images images, int[] numbers, int batch, Measurement measurement, ProgressListener listener) {
    BoundSums sums = new BoundSums(bound.reverse().schedule(), selection);
    int dimensions =
        new ImageBatches(images, numbers, batch)
            .forEach(
                selection.measured(),
                listener,
                (x0, chosen, evaluated) -> {
                  Batch measured = new Batch(x0, chosen, measurement.seed());
                  for (int k = 0; k < selection.measured(); k++) {
                    measured.measure(k);
                    evaluated.run();
                  }
                  for (int i = 0; i < chosen.length; i++) {
                    sums.add(
                        measured.prior[i],
                        measured.timesteps[i],
                        measured.terms[i],
                        measured.x0Errors[i]);
                  }
                });
    return sums.result(measurement, dimensions);
  }

  /// Checks an output, and names the first image whose output is not finite, whatever thread would
  /// have met it first.
  ///
  /// @param where of an image of the batch, where it was measured, such as ` at t = 3`
  static void requireFinite(Tensor output, Shape xt, int[] images, IntFunction<String> where) {
    Shape shape = output.shape();
    if (shape.rank() == 0 || shape.dim(0) != images.length) {
      throw new IllegalArgumentException(
          "bound: the network's output is " + shape + " for images " + xt);
    }
    int size = output.size() / images.length;
    for (int j = 0; j < output.size(); j++) {
      if (!Float.isFinite(output.data()[output.offset() + j])) {
        throw new ArithmeticException(
            "bound: the network's output for image "
                + images[j / size]
                + where.apply(j / size)
                + " is no number (NaN or infinite), its weights are damaged");
      }
    }
  }

  /// Images that are measured together: first all at their first timestep, then all at their
  /// second.
  private final class Batch {
    private final Tensor x0;
    private final int[] images;
    private final long seed;

    /// Of each image, by its place in the batch.
    private final int[][] timesteps;

    private final double[] prior;

    /// Of each image and then each of its timesteps.
    private final double[][] terms;

    private final double[][] x0Errors;

    Batch(Tensor x0, int[] images, long seed) {
      this.x0 = x0;
      this.images = images;
      this.seed = seed;
      int count = images.length;
      timesteps = new int[count][];
      prior = new double[count];
      terms = new double[count][selection.measured()];
      x0Errors = new double[count][selection.measured()];
      workers.run(
          count,
          (i, _) -> {
            timesteps[i] = selection.timesteps(seed, images[i]);
            prior[i] = bound.prior(x0.at(i).toDoubles());
          });
    }

    /// Measures every image at number k of its timesteps.
    void measure(int k) {
      float[] modelTimesteps = new float[images.length];
      Tensor xt = Tensor.zeros(x0.shape().dims());
      ForwardProcess forward = new ForwardProcess(bound.reverse().schedule());
      workers.run(
          images.length,
          (i, _) -> {
            int t = timesteps[i][k];
            modelTimesteps[i] = NoiseSchedule.modelTimestep(t);
            Tensor image = x0.slice(i, 1);
            Tensor epsilon =
                new Rng(seed, PURPOSE, t, images[i]).normal(Tensor.zeros(image.shape().dims()));
            xt.slice(i, 1).copyFrom(forward.addNoise(image, epsilon, t));
          });
      Tensor output = network.predict(xt, modelTimesteps, images);
      requireFinite(output, xt.shape(), images, i -> " at t = " + timesteps[i][k]);
      workers.run(
          images.length, (i, _) -> loss(i, k, xt.at(i).toDoubles(), output.at(i).toDoubles()));
    }

    private void loss(int i, int k, double[] xt, double[] output) {
      int t = timesteps[i][k];
      double[] image = x0.at(i).toDoubles();
      terms[i][k] = bound.term(t, image, xt, output);
      double[] predictedX0 = bound.reverse().x0(t, xt, output);
      double squares = 0;
      for (int j = 0; j < image.length; j++) {
        squares += (predictedX0[j] - image[j]) * (predictedX0[j] - image[j]);
      }
      x0Errors[i][k] = squares / image.length;
    }
  }
}
