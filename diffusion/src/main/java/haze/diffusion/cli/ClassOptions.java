package haze.diffusion.cli;

import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.UNetDenoiser;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Workers;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Of which classes the pictures are to be, for a model that was trained with labels, and how
/// strongly.
final class ClassOptions {
  @Option(
      names = "--class",
      paramLabel = "N",
      split = ",",
      description =
          "for a model that was trained with labels: the class of the pictures, from 0, or"
              + " several in turn, such as 3,7 (default: all in turn)")
  private @Nullable List<Integer> wanted;

  @Option(
      names = "--guidance",
      paramLabel = "X",
      description =
          "how far to go towards the class: 1 takes the network's word as it is, more makes the"
              + " pictures more typical and less varied, at twice the work; 0 is no class (default:"
              + " 1)")
  private @Nullable Double guidance;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets it.
  ClassOptions() {}

  /// A request with these classes and this guidance.
  SampleRequest in(SampleRequest request) {
    SampleRequest classed = wanted == null ? request : request.classes(wanted);
    return guidance == null ? classed : classed.guidance(guidance);
  }

  /// The classes that pictures have in turn; none if the network knows of no labels.
  ///
  /// @throws ParameterException if there is no such class
  List<Integer> of(UNetConfig network) {
    int known = network.classes();
    if (known < 1) {
      if (wanted != null || guidance != null) {
        throw wrongUsage(
            (wanted == null ? "--guidance" : "--class")
                + " is for a model that was trained with labels (haze train --conditional)");
      }
      return List.of();
    }
    if (guidance != null && !Double.isFinite(guidance)) {
      throw wrongUsage("--guidance is " + guidance + ", expected a number");
    }
    List<Integer> classes =
        wanted == null ? IntStream.range(0, known).boxed().toList() : List.copyOf(wanted);
    for (int c : classes) {
      if (c < 0 || c >= known) {
        throw wrongUsage("--class is " + c + ", expected 0 to " + (known - 1));
      }
    }
    return classes;
  }

  /// The classes of some pictures.
  ///
  /// @param first the number of the first picture
  /// @param size how many there are
  /// @return one a picture; none if the network knows of no labels
  int[] labels(UNetConfig network, int first, int size) {
    List<Integer> classes = of(network);
    return IntStream.range(first, classes.isEmpty() ? first : first + size)
        .map(i -> classes.get(i % classes.size()))
        .toArray();
  }

  /// How far to go towards the class.
  double guidance() {
    return guidance == null ? UNetDenoiser.UNGUIDED : guidance;
  }

  /// The network for a batch.
  ///
  /// @param first the number of its first picture
  /// @param size how many there are
  UNetDenoiser network(UNet unet, Workers workers, int first, int size) {
    return new UNetDenoiser(unet, workers, guidance(), labels(unet.config(), first, size));
  }

  private ParameterException wrongUsage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
