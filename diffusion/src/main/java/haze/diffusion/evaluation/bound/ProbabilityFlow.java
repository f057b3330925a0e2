package haze.diffusion.evaluation.bound;

import haze.diffusion.process.ContinuousSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.StandardNormal;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;

/// The exact log-density of a model by its probability flow: the ordinary differential equation
/// whose solutions have the distributions of the noised data (Song, Sohl-Dickstein et al. 2021,
/// "Score-Based Generative Modeling through Stochastic Differential Equations", section 4.3).
///
/// With `x = a x_0 + s epsilon` and the time `tau = ln(s / a)`, half of the log-SNR downwards, it
/// and the density that moves with it are
///
/// ```
/// d x / d tau      = s epsilon_theta(x, t) - s^2 x
/// d ln p / d tau   = D s^2 - s tr( d epsilon_theta / d x )
/// ln p(x_1)        = ln N(x_T; 0, I) + integral of  s tr( d epsilon_theta / d x ) - D s^2  d tau
/// ```
///
/// from the first timestep to T, where the model's density is the standard normal one. The trace is
/// estimated by Hutchinson's: `v^T (d epsilon / d x) v` for a vector v of independent signs, whose
/// mean it is; the product from the left is one pass backward. At both ends, where the noise is all
/// or nearly nothing, x stands still, so that few steps do. Steps are of Runge and Kutta's fourth
/// order, even in tau, the network's output is not clipped, and the state is in double.
final class ProbabilityFlow {
  private final ContinuousSchedule schedule;
  private final Prediction prediction;
  private final Network network;
  private final Workers workers;

  /// A network and the product of a vector with its derivative.
  interface Network {
    /// {@return the output alone, with a learned variance if there is one}
    Tensor output(Tensor xt, float[] timesteps, int[] images);

    /// Evaluates the network. What is returned for an image must not depend on the others.
    ///
    /// @param xt noisy images, `[n, h, w, c]`; not to be changed
    /// @param timesteps the timestep of each as networks count, 0..T-1, a fraction
    /// @param probes a vector v for each image, same shape
    /// @param images the number of each image, for a network that is conditioned on more than xt
    Evaluation evaluate(Tensor xt, float[] timesteps, Tensor probes, int[] images);
  }

  /// What a network returns.
  ///
  /// @param output what the network predicts, without a learned variance, `[n, h, w, c]`
  /// @param product `v^T (d output / d xt)`, same shape
  record Evaluation(Tensor output, Tensor product) {}

  /// The flow of a network.
  ///
  /// @param workers the threads for everything but the network
  ProbabilityFlow(
      ContinuousSchedule schedule, Prediction prediction, Network network, Workers workers) {
    this.schedule = schedule;
    this.prediction = prediction;
    this.network = network;
    this.workers = workers;
  }

  /// {@return `ln p(x_1)` of every image, in nats}
  ///
  /// @param start images at the noise level of the first timestep, each in double, row by row
  /// @param probes a vector of signs for each, `[n, h, w, c]`
  /// @param images the number of each image
  /// @param steps how many steps are taken, each of four evaluations of the network
  /// @param evaluated to be run after each of them
  double[] logDensities(
      double[][] start, Tensor probes, int[] images, int steps, Runnable evaluated) {
    int count = start.length;
    double first = -schedule.first() / 2;
    double step = (-schedule.last() / 2 - first) / steps;
    double[][] x = new double[count][];
    for (int i = 0; i < count; i++) {
      x[i] = start[i].clone();
    }
    double[] integral = new double[count];
    for (int k = 0; k < steps; k++) {
      double tau = first + k * step;
      Slope one = slope(x, tau, probes, images, evaluated);
      Slope two = slope(moved(x, step / 2, one), tau + step / 2, probes, images, evaluated);
      Slope three = slope(moved(x, step / 2, two), tau + step / 2, probes, images, evaluated);
      Slope four = slope(moved(x, step, three), tau + step, probes, images, evaluated);
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < x[i].length; j++) {
          x[i][j] += step / 6 * (one.x[i][j] + 2 * two.x[i][j] + 2 * three.x[i][j] + four.x[i][j]);
        }
        integral[i] +=
            step / 6 * (one.trace[i] + 2 * two.trace[i] + 2 * three.trace[i] + four.trace[i]);
      }
    }
    double[] densities = new double[count];
    for (int i = 0; i < count; i++) {
      double squares = 0;
      for (double element : x[i]) {
        squares += element * element;
      }
      densities[i] = integral[i] - (squares + x[i].length * StandardNormal.LOG_TWO_PI) / 2;
    }
    return densities;
  }

  /// The right sides of both equations.
  ///
  /// @param x `d x / d tau`
  /// @param trace its divergence, by which the log-density falls
  @SuppressWarnings("ArrayRecordComponent") // Lives for a step; nobody compares two.
  private record Slope(double[][] x, double[] trace) {}

  private Slope slope(double[][] x, double tau, Tensor probes, int[] images, Runnable evaluated) {
    double logSnr = -2 * tau;
    double alphaBar = ContinuousSchedule.alphaBar(logSnr);
    // Not of 1 - alphaBar, which has few digits where the noise is small.
    double noise = Math.sqrt(ContinuousSchedule.alphaBar(-logSnr));
    float[] timesteps = new float[x.length];
    Arrays.fill(timesteps, (float) (schedule.time(logSnr) - 1));
    Tensor xt = Tensor.zeros(probes.shape().dims());
    workers.run(
        x.length,
        (i, _) -> {
          Tensor image = xt.at(i);
          for (int j = 0; j < x[i].length; j++) {
            image.data()[image.offset() + j] = (float) x[i][j];
          }
        });
    Evaluation evaluation = network.evaluate(xt, timesteps, probes, images);
    BoundEstimator.requireFinite(
        evaluation.output, xt.shape(), images, i -> " at t = " + (timesteps[i] + 1));
    double byXt = prediction.epsilonFromXt(alphaBar);
    double byOutput = prediction.epsilonFromOutput(alphaBar);
    double[][] slopes = new double[x.length][];
    double[] traces = new double[x.length];
    workers.run(
        x.length,
        (i, _) -> {
          double[] output = evaluation.output.at(i).toDoubles();
          double[] product = evaluation.product.at(i).toDoubles();
          double[] probe = probes.at(i).toDoubles();
          slopes[i] = new double[output.length];
          double trace = 0;
          for (int j = 0; j < output.length; j++) {
            double epsilon = byXt * x[i][j] + byOutput * output[j];
            slopes[i][j] = noise * epsilon - noise * noise * x[i][j];
            double byX = byXt * probe[j] * probe[j] + byOutput * product[j] * probe[j];
            trace += noise * byX - noise * noise;
          }
          traces[i] = trace;
        });
    evaluated.run();
    return new Slope(slopes, traces);
  }

  private static double[][] moved(double[][] x, double step, Slope slope) {
    double[][] moved = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      moved[i] = new double[x[i].length];
      for (int j = 0; j < x[i].length; j++) {
        moved[i][j] = x[i][j] + step * slope.x[i][j];
      }
    }
    return moved;
  }
}
