package haze.diffusion.training;

import haze.nn.optim.EmaDecay;
import haze.nn.optim.LearningRateSchedule;

/// How a network is trained.
///
/// @param steps updates of the weights
/// @param batch images of a step
/// @param shard images of a shard: the part of a batch that one thread computes at a time. Results
///   depend on it (sums are made in another order), on the number of threads they do not
/// @param learningRate peak of Adam's learning rate
/// @param warmUpSteps steps in which it rises to the peak
/// @param decayFrom the step from which it falls with the root of the step; 0: never
/// @param clipNorm the gradient's greatest norm; a longer one is shortened
/// @param emaDecay the greatest decay of the moving average of the weights
/// @param zeroInitialization whether residual branches and the output start with zeros, as in DDPM
/// @param labelDropout how likely an image's label is left out, so that the network learns to do
///   without too (Ho and Salimans 2022, "Classifier-Free Diffusion Guidance", algorithm 1); 0: the
///   network is told no labels at all
/// @param seed of everything that is random
public record TrainingSettings(
    int steps,
    int batch,
    int shard,
    double learningRate,
    int warmUpSteps,
    int decayFrom,
    double clipNorm,
    double emaDecay,
    boolean zeroInitialization,
    double labelDropout,
    long seed) {

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException naming the first that makes no sense
  public TrainingSettings {
    require(steps >= 1, "steps", steps, "at least 1");
    require(batch >= 1, "batch", batch, "at least 1");
    require(shard >= 1, "shard", shard, "at least 1");
    require(
        learningRate > 0 && learningRate <= 1, "learning rate", learningRate, "above 0, at most 1");
    require(warmUpSteps >= 0, "warm-up steps", warmUpSteps, "at least 0");
    require(decayFrom >= 0, "start of the decay", decayFrom, "at least 0");
    require(clipNorm > 0, "clip norm", clipNorm, "above 0");
    require(emaDecay >= 0 && emaDecay < 1, "ema decay", emaDecay, "at least 0, below 1");
    require(
        labelDropout >= 0 && labelDropout < 1,
        "label dropout",
        labelDropout,
        "at least 0, below 1");
  }

  /// The same for another number of steps.
  ///
  /// @param count the steps
  /// @return the settings
  /// @throws IllegalArgumentException if there are none
  public TrainingSettings withSteps(int count) {
    return new TrainingSettings(
        count,
        batch,
        shard,
        learningRate,
        warmUpSteps,
        decayFrom,
        clipNorm,
        emaDecay,
        zeroInitialization,
        labelDropout,
        seed);
  }

  private static void require(boolean condition, String name, Object value, String expected) {
    if (!condition) {
      throw new IllegalArgumentException(
          "training: " + name + " is " + value + ", expected " + expected);
    }
  }

  /// Parts of a batch.
  int shards() {
    return (batch + shard - 1) / shard;
  }

  LearningRateSchedule learningRateSchedule() {
    // Neither depends on the number of steps: a run that is made longer goes on as if it had been
    // planned so.
    return decayFrom > 0
        ? new LearningRateSchedule.InverseSquareRoot(learningRate, warmUpSteps, decayFrom)
        : new LearningRateSchedule.LinearWarmUp(learningRate, warmUpSteps);
  }

  EmaDecay ema() {
    return new EmaDecay.WarmUp(emaDecay, 0, 0);
  }
}
