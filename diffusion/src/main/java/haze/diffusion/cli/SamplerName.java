package haze.diffusion.cli;

import haze.diffusion.pipeline.SchedulerConfig.Kind;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The samplers' names on the command line.
final class SamplerName implements ITypeConverter<Kind> {
  @Override
  public Kind convert(String name) {
    return Arrays.stream(Kind.values())
        .filter(kind -> of(kind).equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'"
                        + name
                        + "' is none of "
                        + Arrays.stream(Kind.values())
                            .map(SamplerName::of)
                            .collect(Collectors.joining(", "))));
  }

  static String of(Kind kind) {
    return switch (kind) {
      case DDPM -> "ddpm";
      case DDIM -> "ddim";
      case DPM_SOLVER -> "dpmsolver++";
      case EULER -> "euler";
      case HEUN -> "heun";
      case FLOW -> "flow";
    };
  }
}
