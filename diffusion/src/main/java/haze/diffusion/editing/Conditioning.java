package haze.diffusion.editing;

import haze.diffusion.pipeline.ClassChecks;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.ShardedUNet;
import haze.nn.unet.UNetConfig;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// What an edit is conditioned on.
///
/// @param label the class that the images have; none for no class
/// @param guidance the scale of classifier-free guidance, see [ShardedUNet]; 1, none, if it is
///   empty
public record Conditioning(OptionalInt label, OptionalDouble guidance) {
  /// No class.
  public static final Conditioning NONE =
      new Conditioning(OptionalInt.empty(), OptionalDouble.empty());

  /// Checks what can be checked without a model.
  ///
  /// @throws RequestException if the guidance is not finite, or has no class
  public Conditioning {
    ClassChecks.requireFinite(guidance);
    if (guidance.isPresent() && label.isEmpty()) {
      throw new RequestException("guidance", "needs a class, given by --class");
    }
  }

  double scale() {
    return guidance.orElse(ShardedUNet.UNGUIDED);
  }

  /// Checks that a model can be conditioned so.
  ///
  /// @throws RequestException if it has no such class, needs one, or cannot be guided
  void require(UNetConfig network) {
    int classes = network.classes();
    label.ifPresent(wanted -> ClassChecks.requireLabel(network, wanted));
    if (classes == 0 || network.noClassLabel().isPresent()) {
      return;
    }
    if (label.isEmpty()) {
      throw new RequestException(
          "class", "is not given, but every label of the model is a class, 0 to " + (classes - 1));
    }
    if (guidance.isPresent()) {
      ClassChecks.requireGuidable(network);
    }
  }
}
