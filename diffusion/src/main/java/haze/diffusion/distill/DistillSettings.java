package haze.diffusion.distill;

import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplingDefaults;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// How a model is distilled.
///
/// @param evaluations of the network for a sample, [#EVALUATIONS]
/// @param guidance the scale of classifier-free guidance that the student learns from its teacher
///   (Meng et al. 2023, "On Distillation of Guided Diffusion Models"), finite; 1: none
/// @param teacherSteps of the teacher from noise to image, a multiple of the evaluations; if it is
///   empty those that the teacher names, which is itself distilled then, or else [#TEACHER_STEPS]
/// @param steps of training, at least 1
/// @param batch images of a step, a multiple of [#MULTIPLE]
/// @param learningRate the peak, above 0; it falls along a line to 0
/// @param seed of everything that is random
public record DistillSettings(
    int evaluations,
    double guidance,
    OptionalInt teacherSteps,
    int steps,
    int batch,
    double learningRate,
    long seed) {
  /// The numbers of evaluations that there are students of.
  public static final List<Integer> EVALUATIONS = List.of(1, 2, 4);

  /// Steps of a trained model, of which DDIM makes samples that are hardly worse than those of 50.
  public static final int TEACHER_STEPS = 8;

  /// A batch has as many images at each of the student's timesteps.
  public static final int MULTIPLE = 4;

  /// Two evaluations, without guidance; of the model of digits that comes with Haze within three
  /// minutes on two cores.
  public static final DistillSettings DEFAULT =
      new DistillSettings(2, ShardedUNet.UNGUIDED, OptionalInt.empty(), 500, 32, 1e-3, 1);

  /// @throws RequestException naming the number that makes no sense
  public DistillSettings {
    if (!EVALUATIONS.contains(evaluations)) {
      throw new RequestException("evaluations", "is " + evaluations + ", expected 1, 2 or 4");
    }
    if (!Double.isFinite(guidance)) {
      throw new RequestException("guidance", "is " + guidance + ", expected a number");
    }
    RequestException.requireAtLeast("teacher-steps", teacherSteps.orElse(1), 1);
    RequestException.requireAtLeast("steps", steps, 1);
    if (batch < 1 || batch % MULTIPLE != 0) {
      throw new RequestException(
          "batch", "is " + batch + ", expected a positive multiple of " + MULTIPLE);
    }
    if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
      throw new RequestException("lr", "is " + learningRate + ", expected a number above 0");
    }
  }

  /// {@return the same with another number of evaluations}
  public DistillSettings evaluations(int other) {
    return new DistillSettings(other, guidance, teacherSteps, steps, batch, learningRate, seed);
  }

  /// {@return the same with another guidance scale}
  public DistillSettings guidance(double other) {
    return new DistillSettings(evaluations, other, teacherSteps, steps, batch, learningRate, seed);
  }

  /// {@return the same with another number of the teacher's steps}
  public DistillSettings teacherSteps(int other) {
    return new DistillSettings(
        evaluations, guidance, OptionalInt.of(other), steps, batch, learningRate, seed);
  }

  /// {@return the same with another number of steps}
  public DistillSettings steps(int other) {
    return new DistillSettings(
        evaluations, guidance, teacherSteps, other, batch, learningRate, seed);
  }

  /// {@return the same with another number of images of a step}
  public DistillSettings batch(int other) {
    return new DistillSettings(
        evaluations, guidance, teacherSteps, steps, other, learningRate, seed);
  }

  /// {@return the same with another learning rate}
  public DistillSettings learningRate(double other) {
    return new DistillSettings(evaluations, guidance, teacherSteps, steps, batch, other, seed);
  }

  /// {@return the same with another seed}
  public DistillSettings seed(long other) {
    return new DistillSettings(
        evaluations, guidance, teacherSteps, steps, batch, learningRate, other);
  }

  /// {@return the same, with the number of the teacher's steps that is meant if none is given}
  ///
  /// @param defaults of the teacher
  /// @throws RequestException if they cannot be shared among the student's
  public DistillSettings of(SamplingDefaults defaults) {
    return teacherSteps(stepsOf(defaults));
  }

  /// {@return the teacher's steps from noise to image}
  ///
  /// @param defaults of the teacher
  /// @throws RequestException if they cannot be shared among the student's
  int stepsOf(SamplingDefaults defaults) {
    int total = teacherSteps.orElse(defaults.steps().orElse(TEACHER_STEPS));
    if (total % evaluations != 0 || total <= evaluations) {
      throw new RequestException(
          "teacher-steps",
          "is "
              + total
              + ", expected a multiple of "
              + evaluations
              + (evaluations == 1 ? " above it" : ", the steps of the new model, above it"));
    }
    return total;
  }

  /// {@return the timesteps at which a student is evaluated, falling, and 0}
  ///
  /// @param timesteps T, a multiple of the evaluations
  static int[] timesteps(int timesteps, int evaluations) {
    int[] visited = TimestepSpacing.TRAILING.timesteps(timesteps, evaluations);
    return Arrays.copyOf(visited, evaluations + 1);
  }
}
