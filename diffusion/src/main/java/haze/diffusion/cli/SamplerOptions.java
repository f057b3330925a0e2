package haze.diffusion.cli;

import haze.diffusion.editing.ImageEditing;
import haze.diffusion.pipeline.SamplerChoice;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ListResourceBundle;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.ResourceBundle;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The sampler, as every command has it that samples.
public final class SamplerOptions {
  @Option(names = "--sampler", paramLabel = "NAME", descriptionKey = "sampler.kinds")
  private @Nullable SamplerKind kind;

  @Option(names = "--steps", paramLabel = "N", descriptionKey = "sampler.steps")
  private @Nullable Integer steps;

  @Option(
      names = "--eta",
      paramLabel = "X",
      description =
          "for ddim: how much fresh noise a step adds, from 0, none, to 1, as much as ddpm"
              + " (default: 0)")
  private @Nullable Double eta;

  @Option(
      names = "--spacing",
      paramLabel = "leading|linspace|trailing",
      description =
          "which timesteps are visited if not all are (default: what the"
              + " model's scheduler says)")
  private @Nullable TimestepSpacing spacing;

  /// The choice.
  ///
  /// @throws haze.diffusion.pipeline.RequestException if the number of steps makes no sense
  public SamplerChoice choice() {
    return new SamplerChoice(
        Optional.ofNullable(kind),
        steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
        eta == null ? OptionalDouble.empty() : OptionalDouble.of(eta),
        Optional.ofNullable(spacing));
  }

  /// The descriptions that are made of the samplers' rows.
  static ResourceBundle descriptions() {
    return new ListResourceBundle() {
      @Override
      protected Object[][] getContents() {
        return new Object[][] {{"sampler.kinds", kinds()}, {"sampler.steps", steps()}};
      }
    };
  }

  private static String kinds() {
    return "how images are made of noise (default: what the model's scheduler says, ddpm after haze"
        + " train; ddim in haze interpolate and haze encode, ddpm in haze inpaint):%n"
        + Stream.of(SamplerKind.values())
            .map(kind -> kind.cliName() + ": " + kind.description())
            .collect(Collectors.joining(",%n"));
  }

  private static String steps() {
    Map<Integer, List<SamplerKind>> byNumber = new TreeMap<>(Comparator.reverseOrder());
    for (SamplerKind kind : SamplerKind.values()) {
      int number = kind.defaultSteps(Integer.MAX_VALUE);
      byNumber.computeIfAbsent(number, _ -> new ArrayList<>()).add(kind);
    }
    List<String> defaults = new ArrayList<>();
    byNumber.forEach(
        (number, kinds) ->
            defaults.add(
                "for "
                    + SamplerKind.listed(kinds::contains, SamplerKind::cliName)
                    + " "
                    + (number == Integer.MAX_VALUE
                        ? "all that the model was trained on, or "
                            + ImageEditing.INPAINTING_STEPS
                            + " in haze inpaint"
                        : number)));
    return "steps from noise to image (default: what haze distill made a model for, or else "
        + String.join(", ", defaults)
        + ")";
  }
}
