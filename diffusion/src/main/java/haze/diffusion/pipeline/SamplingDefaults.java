package haze.diffusion.pipeline;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/// What samples of a model are drawn with where nothing else is chosen. A distilled model has both;
/// of a model that names none the steps are [SamplerKind#defaultSteps], and the guidance of `haze
/// sample` is [SampleRequest#USUAL_GUIDANCE].
///
/// In `scheduler_config.json` they are Haze's own keys, `_haze_steps` and `_haze_guidance`, of
/// which diffusers takes no notice.
///
/// @param steps the number of steps, from 1 to the number of timesteps
/// @param guidance the scale of classifier-free guidance, see [ShardedUNet]
public record SamplingDefaults(OptionalInt steps, OptionalDouble guidance) {
  /// The model names none.
  public static final SamplingDefaults NONE =
      new SamplingDefaults(OptionalInt.empty(), OptionalDouble.empty());

  /// @throws IllegalArgumentException if the number of steps is not positive, or the guidance not
  ///   finite
  public SamplingDefaults {
    if (steps.orElse(1) < 1 || !Double.isFinite(guidance.orElse(1))) {
      throw new IllegalArgumentException(
          "sampling: " + steps + " steps and guidance " + guidance + ", expected finite numbers");
    }
  }

  /// {@return both}
  public static SamplingDefaults of(int steps, double guidance) {
    return new SamplingDefaults(OptionalInt.of(steps), OptionalDouble.of(guidance));
  }
}
