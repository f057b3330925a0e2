package haze.diffusion.cli;

import haze.diffusion.pipeline.SampleRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Of which classes the samples are to be, for a model that was trained with labels, and how
/// strongly.
public final class ClassOptions {
  @Option(
      names = "--class",
      paramLabel = "N",
      split = ",",
      description =
          "for a model that was trained with labels: the class of the images, from 0, or"
              + " several in turn, such as 3,7 (default: all in turn)")
  private @Nullable List<Integer> classes;

  @Option(
      names = "--guidance",
      paramLabel = "X",
      description =
          "guidance scale: 1 is none, more makes the images more typical of their class and less"
              + " varied, at twice the work; 0 is no class (default: 1)")
  private @Nullable Double guidance;

  /// A request with these classes and this guidance.
  public SampleRequest in(SampleRequest request) {
    SampleRequest classed = classes == null ? request : request.classes(classes);
    return guidance == null ? classed : classed.guidance(guidance);
  }
}
