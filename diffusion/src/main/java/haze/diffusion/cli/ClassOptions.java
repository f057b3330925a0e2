package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Of which classes the samples are to be, for a model that was trained with labels, and how
/// strongly.
public final class ClassOptions {
  @Option(
      names = "--class",
      paramLabel = "N|NAME",
      description =
          "for a model that was trained with labels or clusters: the class of the images, by its"
              + " number from 0 or its name, or several in turn, such as 3,7 (default: all in turn;"
              + " clusters by their shares)")
  private @Nullable List<String> classes;

  @Option(
      names = "--guidance",
      paramLabel = "X",
      description =
          "guidance scale: 1 is none, more makes the images more typical of their class and less"
              + " varied, at twice the work; 0 is no class (default: 2, or 1 for what haze distill"
              + " made; haze evaluate: 1)")
  private @Nullable Double guidance;

  /// A request with these classes and this guidance.
  ///
  /// @throws haze.diffusion.pipeline.RequestException if the model has no such class
  public SampleRequest in(SampleRequest request, Pipeline model) {
    SampleRequest classed = classes == null ? request : request.classes(labels(classes, model));
    return guidance == null ? classed : classed.guidance(guidance);
  }

  /// A request with these classes and this guidance. If none is given and the model can be guided,
  /// it is that of [haze.diffusion.pipeline.SamplingDefaults], or else
  /// [SampleRequest#USUAL_GUIDANCE].
  ///
  /// @throws haze.diffusion.pipeline.RequestException if the model has no such class
  public SampleRequest guided(SampleRequest request, Pipeline model) {
    SampleRequest classed = in(request, model);
    return guidance == null && model.unet().config().noClassLabel().isPresent()
        ? classed.guidance(
            model.scheduler().defaults().guidance().orElse(SampleRequest.USUAL_GUIDANCE))
        : classed;
  }

  private static List<Integer> labels(List<String> given, Pipeline model) {
    int known = model.unet().config().classes();
    return given.stream()
        // A name may have a comma in it.
        .flatMap(
            text ->
                model.classNames().names().containsValue(text)
                    ? Stream.of(text)
                    : Stream.of(text.split(",", -1)))
        .map(name -> model.classNames().label(name, known))
        .toList();
  }
}
