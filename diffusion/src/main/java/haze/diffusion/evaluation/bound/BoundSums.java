package haze.diffusion.evaluation.bound;

import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.VariationalBound;
import java.util.ArrayList;
import java.util.List;

/// The means of a bound over images. They are summed up image by image, whatever the batches were,
/// so that the last bit does not depend on these.
final class BoundSums {
  private final NoiseSchedule schedule;
  private final SystematicTimesteps selection;

  private final RunningMean prior = new RunningMean();
  private final RunningMean transitions = new RunningMean();
  private final RunningMean decoder = new RunningMean();
  private final RunningMean total = new RunningMean();
  private final RunningMean epsilonError = new RunningMean();
  private final RunningMean x0Error = new RunningMean();

  /// Of timestep t at index t.
  private final List<RunningMean> terms = new ArrayList<>();

  private final List<RunningMean> x0Errors = new ArrayList<>();

  BoundSums(NoiseSchedule schedule, SystematicTimesteps selection) {
    this.schedule = schedule;
    this.selection = selection;
    for (int t = 0; t <= selection.timesteps(); t++) {
      terms.add(new RunningMean());
      x0Errors.add(new RunningMean());
    }
  }

  /// Adds an image.
  ///
  /// @param imagePrior its `L_T` in nats
  /// @param timesteps those that it was measured at, from 1
  /// @param imageTerms `L_{t-1}` in nats, at each
  /// @param imageErrors the mean squared error of the predicted `x_0`, at each
  void add(double imagePrior, int[] timesteps, double[] imageTerms, double[] imageErrors) {
    double sum = 0;
    double epsilonErrors = 0;
    double pixelErrors = 0;
    for (int k = 0; k < timesteps.length; k++) {
      int t = timesteps[k];
      terms.get(t).add(imageTerms[k]);
      x0Errors.get(t).add(imageErrors[k]);
      double weight = 1 / selection.probability(t);
      sum += t == 1 ? 0 : weight * imageTerms[k];
      pixelErrors += weight * imageErrors[k];
      epsilonErrors += weight * schedule.snr(t) * imageErrors[k];
    }
    double first = imageTerms[0];
    prior.add(imagePrior);
    transitions.add(sum);
    decoder.add(first);
    total.add(imagePrior + sum + first);
    x0Error.add(pixelErrors / selection.timesteps());
    epsilonError.add(epsilonErrors / selection.timesteps());
  }

  /// {@return the means, in bits per dimension}
  BoundResult result(BoundResult.Measurement measurement, int dimensions) {
    double bit = VariationalBound.bitsPerDimension(1, dimensions);
    int images = total.count();
    List<BoundResult.Timestep> timesteps = new ArrayList<>();
    for (int t = 1; t <= selection.timesteps(); t++) {
      RunningMean term = terms.get(t);
      if (term.count() > 0) {
        // epsilon = (x_t - sqrt(alphaBar) x_0) / sqrt(1 - alphaBar): its squared error is SNR(t)
        // times that of x_0.
        double error = x0Errors.get(t).mean();
        timesteps.add(
            new BoundResult.Timestep(
                t,
                term.count(),
                term.times(bit),
                schedule.snr(t) * error,
                error,
                bit * term.mean() * term.count() / (images * selection.probability(t))));
      }
    }
    return new BoundResult(
        measurement,
        images,
        dimensions,
        selection,
        prior.times(bit),
        transitions.times(bit),
        decoder.times(bit),
        total.times(bit),
        epsilonError.mean(),
        x0Error.mean(),
        timesteps);
  }
}
