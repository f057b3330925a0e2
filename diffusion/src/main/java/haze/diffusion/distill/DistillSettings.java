package haze.diffusion.distill;

import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.util.Arrays;
import java.util.List;

/// How a model is distilled.
///
/// @param evaluations of the network for a sample, [#EVALUATIONS]
/// @param guidance the scale of classifier-free guidance that the student learns from its teacher
///   (Meng et al. 2023, "On Distillation of Guided Diffusion Models"), finite; 1: none
/// @param steps of training, at least 1
/// @param batch images of a step, a multiple of [#MULTIPLE]
/// @param learningRate the peak, above 0; it falls along a line to 0
/// @param seed of everything that is random
public record DistillSettings(
    int evaluations, double guidance, int steps, int batch, double learningRate, long seed) {
  /// The numbers of evaluations that there are students of.
  public static final List<Integer> EVALUATIONS = List.of(1, 2, 4);

  /// A batch has as many images at each of the student's timesteps.
  public static final int MULTIPLE = 4;

  /// Two evaluations, without guidance; of the model of digits that comes with Haze within five
  /// minutes on two cores.
  public static final DistillSettings DEFAULT =
      new DistillSettings(2, ShardedUNet.UNGUIDED, 1000, 32, 1e-3, 1);

  /// @throws RequestException naming the number that makes no sense
  public DistillSettings {
    if (!EVALUATIONS.contains(evaluations)) {
      throw new RequestException("evaluations", "is " + evaluations + ", expected 1, 2 or 4");
    }
    if (!Double.isFinite(guidance)) {
      throw new RequestException("guidance", "is " + guidance + ", expected a number");
    }
    RequestException.requireAtLeast("steps", steps, 1);
    if (batch < 1 || batch % MULTIPLE != 0) {
      throw new RequestException(
          "batch", "is " + batch + ", expected a positive multiple of " + MULTIPLE);
    }
    if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
      throw new RequestException("lr", "is " + learningRate + ", expected a number above 0");
    }
  }

  /// {@return steps of training that suffice for a model of digits}
  public static int usualSteps(int evaluations) {
    return evaluations == 1 ? 1600 : 1000;
  }

  /// {@return the same with another number of evaluations}
  public DistillSettings evaluations(int other) {
    return new DistillSettings(other, guidance, steps, batch, learningRate, seed);
  }

  /// {@return the same with another guidance scale}
  public DistillSettings guidance(double other) {
    return new DistillSettings(evaluations, other, steps, batch, learningRate, seed);
  }

  /// {@return the same with another number of steps}
  public DistillSettings steps(int other) {
    return new DistillSettings(evaluations, guidance, other, batch, learningRate, seed);
  }

  /// {@return the same with another number of images of a step}
  public DistillSettings batch(int other) {
    return new DistillSettings(evaluations, guidance, steps, other, learningRate, seed);
  }

  /// {@return the same with another learning rate}
  public DistillSettings learningRate(double other) {
    return new DistillSettings(evaluations, guidance, steps, batch, other, seed);
  }

  /// {@return the same with another seed}
  public DistillSettings seed(long other) {
    return new DistillSettings(evaluations, guidance, steps, batch, learningRate, other);
  }

  /// A part of the training, with one teacher.
  ///
  /// @param evaluations of the student for a sample
  /// @param teacherSteps of the teacher for one of the student's
  /// @param guidance of the teacher
  /// @param steps of training
  record Stage(int evaluations, int teacherSteps, double guidance, int steps) {}

  /// The first teacher is the trained model; that of the second stage the student of the first.
  List<Stage> stages() {
    if (evaluations > 1) {
      return List.of(new Stage(evaluations, FIRST / evaluations, guidance, steps));
    }
    int half = steps / 2;
    return half == 0
        ? List.of(new Stage(1, FIRST, guidance, steps))
        : List.of(
            new Stage(2, FIRST / 2, guidance, half),
            new Stage(1, 2, ShardedUNet.UNGUIDED, steps - half));
  }

  /// Steps of the trained model from noise to image.
  private static final int FIRST = 8;

  /// {@return the timesteps at which a student is evaluated, falling, and 0}
  ///
  /// @param timesteps T, a multiple of the evaluations
  static int[] timesteps(int timesteps, int evaluations) {
    int[] visited = TimestepSpacing.TRAILING.timesteps(timesteps, evaluations);
    return Arrays.copyOf(visited, evaluations + 1);
  }
}
