package haze.diffusion.evaluation.bound;

import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.VariationalBound;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Measures the variational bound of a model on images: what papers report as bits per dimension.
///
/// Each image is noised once for every timestep that it is measured at, the network looks at it,
/// and [VariationalBound] says what its answer costs. The squared errors are those of the network's
/// guess at the picture, clipped if the bound's process clips, and of the noise that this guess
/// leaves, as in openai/improved-diffusion.
///
/// An image's numbers depend on the model, the seed and the image alone: not on the other images,
/// the size of the batches, or the number of threads. Only a batch is in memory.
public final class BoundEvaluation {
  /// The purpose of the noise's random numbers, see [Rng]: the letters "EVAL". Its step is t.
  static final int PURPOSE = 0x4556414C;

  /// The model's network.
  @FunctionalInterface
  public interface Network {
    /// Says what it sees in noisy images. What is said about one must not depend on the others.
    ///
    /// @param xt noisy images, `[n, h, w, c]`; not to be changed
    /// @param timesteps the timestep of each as networks count, 0..T-1, see
    ///   [NoiseSchedule#modelTimestep]
    /// @param images the number of each among the pictures: for a network that is told more than
    ///   its noise
    /// @return its answer, `[n, h, w, c]`, or `[n, h, w, 2c]` if it learned a variance
    Tensor predict(Tensor xt, float[] timesteps, int[] images);
  }

  /// Where images come from.
  @FunctionalInterface
  public interface Pictures {
    /// Gives some of the pictures.
    ///
    /// @param images their numbers
    /// @return `[n, h, w, c]`: grey levels `2 k / 255 - 1`
    Tensor of(int[] images);
  }

  /// Watches the work.
  @FunctionalInterface
  public interface Listener {
    /// Called after every batch that the network looked at.
    ///
    /// @param done how many batches
    /// @param batches how many there are
    void measured(int done, int batches);
  }

  private final VariationalBound bound;
  private final SystematicTimesteps comb;
  private final Network network;
  private final Workers workers;

  /// A model to be measured.
  ///
  /// @param bound its bound
  /// @param comb at which timesteps
  /// @param network the network, called by one thread at a time
  /// @param workers the threads for everything else; they may be the network's, and the caller
  ///   closes them
  /// @throws IllegalArgumentException if bound and comb have different timesteps
  public BoundEvaluation(
      VariationalBound bound, SystematicTimesteps comb, Network network, Workers workers) {
    int timesteps = bound.reverse().schedule().timesteps();
    if (comb.timesteps() != timesteps) {
      throw new IllegalArgumentException(
          "bound evaluation: a comb of "
              + comb.timesteps()
              + " timesteps for a schedule of "
              + timesteps);
    }
    this.bound = bound;
    this.comb = comb;
    this.network = network;
    this.workers = workers;
  }

  /// How many batches the network will look at.
  ///
  /// @param images the number of images
  /// @param batch images of a batch
  /// @return batches
  public int batches(int images, int batch) {
    return Math.multiplyExact(Math.ceilDiv(images, batch), comb.measured());
  }

  /// Measures.
  ///
  /// @param pictures where the images come from
  /// @param images the numbers of those to measure, at least one; each number once
  /// @param batch how many the network sees at a time; the result does not depend on it
  /// @param seed another seed gives other noise, and another comb
  /// @param listener told of progress
  /// @return the bound
  /// @throws ArithmeticException if the network answers with NaN or infinity
  /// @throws IllegalArgumentException if its answer has another shape than the bound needs
  public BoundResult evaluate(
      Pictures pictures, int[] images, int batch, long seed, Listener listener) {
    if (images.length == 0 || batch < 1) {
      throw new IllegalArgumentException(
          "bound evaluation: " + images.length + " images in batches of " + batch);
    }
    Sums sums = new Sums();
    int batches = batches(images.length, batch);
    for (int from = 0; from < images.length; from += batch) {
      int[] chosen = Arrays.copyOfRange(images, from, Math.min(from + batch, images.length));
      Batch measuring = new Batch(pictures.of(chosen), chosen, seed);
      int before = from / batch * comb.measured();
      for (int k = 0; k < comb.measured(); k++) {
        measuring.measure(k);
        listener.measured(before + k + 1, batches);
      }
      sums.add(measuring);
    }
    return sums.result();
  }

  /// Images that are measured together: first all at their first timestep, then all at their
  /// second.
  private final class Batch {
    private final Tensor x0;
    private final int[] images;
    private final long seed;

    /// Of every image, by its place in the batch.
    private final int[][] timesteps;

    private final double[] prior;

    /// Of every image and then each of its timesteps.
    private final double[][] terms;

    private final double[][] x0Errors;

    Batch(Tensor x0, int[] images, long seed) {
      this.x0 = x0;
      this.images = images;
      this.seed = seed;
      int count = images.length;
      timesteps = new int[count][];
      prior = new double[count];
      terms = new double[count][comb.measured()];
      x0Errors = new double[count][comb.measured()];
      workers.run(
          count,
          (i, _) -> {
            timesteps[i] = comb.timesteps(seed, images[i]);
            prior[i] = bound.prior(doubles(x0.at(i)));
          });
    }

    /// The number of elements of an image.
    int dimensions() {
      return x0.size() / x0.dim(0);
    }

    /// Measures every image at number k of its timesteps.
    void measure(int k) {
      float[] networkTimes = new float[images.length];
      Tensor xt = Tensor.zeros(x0.shape().dims());
      ForwardProcess forward = new ForwardProcess(bound.reverse().schedule());
      workers.run(
          images.length,
          (i, _) -> {
            int t = timesteps[i][k];
            networkTimes[i] = NoiseSchedule.modelTimestep(t);
            Tensor picture = x0.slice(i, 1);
            Tensor noise =
                new Rng(seed, PURPOSE, t, images[i]).normal(Tensor.zeros(picture.shape().dims()));
            xt.slice(i, 1).copyFrom(forward.addNoise(picture, noise, t));
          });
      Tensor output = network.predict(xt, networkTimes, images);
      Shape shape = output.shape();
      if (shape.rank() == 0 || shape.dim(0) != images.length) {
        throw new IllegalArgumentException(
            "bound evaluation: the network's answer is " + shape + " to images " + xt.shape());
      }
      requireNumbers(output, k);
      workers.run(images.length, (i, _) -> cost(i, k, doubles(xt.at(i)), doubles(output.at(i))));
    }

    /// Names the first image whose answer is none, whatever thread would have met it first.
    private void requireNumbers(Tensor output, int k) {
      int answer = output.size() / images.length;
      for (int j = 0; j < output.size(); j++) {
        if (!Float.isFinite(output.data()[output.offset() + j])) {
          int i = j / answer;
          throw new ArithmeticException(
              "bound evaluation: the network's answer to image "
                  + images[i]
                  + " at t = "
                  + timesteps[i][k]
                  + " is no number (NaN or infinite)");
        }
      }
    }

    private void cost(int i, int k, double[] xt, double[] output) {
      int t = timesteps[i][k];
      double[] picture = doubles(x0.at(i));
      terms[i][k] = bound.term(t, picture, xt, output);
      double[] guess = bound.reverse().x0(t, xt, output);
      double squares = 0;
      for (int j = 0; j < guess.length; j++) {
        squares += (guess[j] - picture[j]) * (guess[j] - picture[j]);
      }
      x0Errors[i][k] = squares / guess.length;
    }
  }

  /// The means over images. They are summed up image by image, whatever the batches were, so that
  /// the last bit does not depend on these.
  private final class Sums {
    private final RunningMean prior = new RunningMean();
    private final RunningMean transitions = new RunningMean();
    private final RunningMean decoder = new RunningMean();
    private final RunningMean total = new RunningMean();
    private final RunningMean epsilonError = new RunningMean();
    private final RunningMean x0Error = new RunningMean();

    /// Of timestep t at index t.
    private final List<RunningMean> terms = new ArrayList<>();

    private final List<RunningMean> x0Errors = new ArrayList<>();
    private int dimensions;

    Sums() {
      for (int t = 0; t <= comb.timesteps(); t++) {
        terms.add(new RunningMean());
        x0Errors.add(new RunningMean());
      }
    }

    void add(Batch batch) {
      dimensions = batch.dimensions();
      NoiseSchedule schedule = bound.reverse().schedule();
      for (int i = 0; i < batch.images.length; i++) {
        double sum = 0;
        double epsilonErrors = 0;
        double pictureErrors = 0;
        for (int k = 0; k < comb.measured(); k++) {
          int t = batch.timesteps[i][k];
          double error = batch.x0Errors[i][k];
          terms.get(t).add(batch.terms[i][k]);
          x0Errors.get(t).add(error);
          double weight = 1 / comb.probability(t);
          sum += t == 1 ? 0 : weight * batch.terms[i][k];
          pictureErrors += weight * error;
          epsilonErrors += weight * schedule.snr(t) * error;
        }
        double first = batch.terms[i][0];
        prior.add(batch.prior[i]);
        transitions.add(sum);
        decoder.add(first);
        total.add(batch.prior[i] + sum + first);
        x0Error.add(pictureErrors / comb.timesteps());
        epsilonError.add(epsilonErrors / comb.timesteps());
      }
    }

    BoundResult result() {
      double bit = VariationalBound.bitsPerDimension(1, dimensions);
      int images = total.count();
      List<BoundResult.Timestep> timesteps = new ArrayList<>();
      for (int t = 1; t <= comb.timesteps(); t++) {
        RunningMean term = terms.get(t);
        if (term.count() > 0) {
          // The guess at the noise is (x_t - a guess) / s, so its error is a / s times the
          // picture's.
          double snr = bound.reverse().schedule().snr(t);
          double error = x0Errors.get(t).mean();
          timesteps.add(
              new BoundResult.Timestep(
                  t,
                  term.count(),
                  term.times(bit),
                  snr * error,
                  error,
                  bit * term.mean() * term.count() / (images * comb.probability(t))));
        }
      }
      return new BoundResult(
          images,
          dimensions,
          comb,
          prior.times(bit),
          transitions.times(bit),
          decoder.times(bit),
          total.times(bit),
          epsilonError.mean(),
          x0Error.mean(),
          timesteps);
    }
  }

  private static double[] doubles(Tensor x) {
    double[] doubles = new double[x.size()];
    for (int j = 0; j < doubles.length; j++) {
      doubles[j] = x.data()[x.offset() + j];
    }
    return doubles;
  }
}
