package haze.diffusion.cli;

import haze.diffusion.pipeline.SamplerKind;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Understands the samplers' names on the command line.
final class SamplerName implements ITypeConverter<SamplerKind> {
  @Override
  public SamplerKind convert(String name) {
    return SamplerKind.named(name)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'"
                        + name
                        + "' is none of "
                        + Arrays.stream(SamplerKind.values())
                            .map(SamplerKind::cliName)
                            .collect(Collectors.joining(", "))));
  }
}
