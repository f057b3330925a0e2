package haze.diffusion.pipeline;

import haze.nn.unet.UNetConfig;
import java.util.OptionalDouble;

/// What a request for classes and guidance asks of a model.
public final class ClassChecks {
  private ClassChecks() {}

  /// Checks a guidance scale.
  ///
  /// @throws RequestException if it is not finite
  public static void requireFinite(OptionalDouble guidance) {
    if (!Double.isFinite(guidance.orElse(0))) {
      throw new RequestException(
          "guidance", "is " + guidance.getAsDouble() + ", expected a number");
    }
  }

  /// Checks that a model knows classes.
  ///
  /// @param option what is wanted that needs them, `class` or `guidance`
  /// @throws RequestException if it does not
  static void requireClasses(String option, int classes) {
    if (classes == 0) {
      throw new RequestException(
          option,
          "is for a model that was trained with labels (haze train --conditional) or clusters");
    }
  }

  /// Checks that a model knows a class.
  ///
  /// @throws RequestException if it does not
  public static void requireLabel(UNetConfig network, int label) {
    requireClasses("class", network.classes());
    if (label < 0 || label >= network.classes()) {
      throw new RequestException(
          "class", "is " + label + ", expected 0 to " + (network.classes() - 1));
    }
  }

  /// Checks that a model that knows classes was trained without one too, which guidance needs.
  ///
  /// @throws RequestException if it was not
  public static void requireGuidable(UNetConfig network) {
    if (network.noClassLabel().isEmpty()) {
      throw new RequestException(
          "guidance",
          "is for a model that was also trained without a class, but every label of this one is a"
              + " class");
    }
  }
}
