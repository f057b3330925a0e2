package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import haze.diffusion.process.ReverseVariance;
import haze.nn.Weights;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A trained model that can be sampled, in memory and as a directory that diffusers reads and
/// writes too: `DDPMPipeline.from_pretrained(directory)` in Python.
///
/// @param unet the network
/// @param scheduler its noise schedule and sampler
public record Pipeline(UNet unet, SchedulerConfig scheduler) {
  /// The version of diffusers whose files these are; that library wants to know.
  static final String DIFFUSERS_VERSION = "0.40.0.dev0";

  /// What the files say about a model, without its weights.
  ///
  /// @param unet sizes and switches of the network
  /// @param scheduler noise schedule and sampler
  /// @param parameters how many numbers the file of weights holds
  /// @param types the types of its elements
  public record Summary(
      UNetConfig unet, SchedulerConfig scheduler, long parameters, List<String> types) {
    /// Copies the list.
    public Summary {
      types = List.copyOf(types);
    }
  }

  /// Reads a model.
  ///
  /// @param directory the pipeline, as Haze or diffusers wrote it
  /// @return the model
  /// @throws IOException if a file is missing, cannot be read, is wrong, or asks for something that
  ///   Haze does not support; in one line
  public static Pipeline load(Path directory) throws IOException {
    PipelineFiles files = PipelineFiles.find(directory);
    Summary summary = describe(files);
    UNet unet = new UNet(summary.unet());
    Weights.load(unet.parameters(), files.weights());
    return new Pipeline(unet, summary.scheduler());
  }

  /// Reads what a model is, quickly.
  ///
  /// @param directory the pipeline
  /// @return what its files say
  /// @throws IOException as for [#load], but for weights that do not fit
  public static Summary describe(Path directory) throws IOException {
    return describe(PipelineFiles.find(directory));
  }

  private static Summary describe(PipelineFiles files) throws IOException {
    UNetConfig config = UNetConfigFile.read(files.unetConfig());
    SchedulerConfig scheduler = SchedulerConfig.read(files.schedulerConfig());
    boolean learned = scheduler.variance() == ReverseVariance.LEARNED_RANGE;
    int expected = config.inChannels() * (learned ? 2 : 1);
    if (config.outChannels() != expected) {
      throw new BadFileException(
          files.unetConfig(),
          "out_channels is "
              + config.outChannels()
              + ", expected "
              + expected
              + " because in_channels is "
              + config.inChannels()
              + (learned ? " and the variance is learned" : ""));
    }
    try (SafetensorsFile weights = SafetensorsFile.open(files.weights())) {
      long stored =
          weights.entries().values().stream().mapToLong(tensor -> tensor.shape().size()).sum();
      double least = leastParameters(config);
      if (least > stored) {
        throw new BadFileException(
            files.weights(),
            "does not fit the network: holds "
                + stored
                + " numbers, but "
                + files.unetConfig()
                + " describes a larger network");
      }
      List<String> types =
          weights.entries().values().stream()
              .map(tensor -> tensor.dtype().name())
              .distinct()
              .sorted()
              .toList();
      return new Summary(config, scheduler, stored, types);
    }
  }

  /// The parameters of some of the layers: a network is not made before the file is known to hold
  /// about as much, so that no number in a configuration makes the program ask for more memory than
  /// the weights do.
  private static double leastParameters(UNetConfig config) {
    double kernel = 3 * 3;
    double finest = config.blockOutChannels().getFirst();
    double sum = kernel * finest * (config.inChannels() + config.outChannels());
    sum += finest * config.numClassEmbeds().orElse(0);
    for (double channels : config.blockOutChannels()) {
      // The second convolution of every residual block, down and up.
      sum += (2 * config.layersPerBlock() + 1) * kernel * channels * channels;
    }
    return sum;
  }

  /// Writes the model. Each file is replaced as a whole, the index last: a directory that has one
  /// has everything.
  ///
  /// @param directory where; made if it is missing, and what else is in it stays
  /// @throws IOException if a file cannot be written
  public void save(Path directory) throws IOException {
    PipelineFiles files = PipelineFiles.create(directory);
    Weights.save(unet.parameters(), files.weights());
    UNetConfigFile.write(unet.config()).write(files.unetConfig());
    scheduler.write().write(files.schedulerConfig());
    PipelineFiles.index(scheduler.kind()).write(files.index());
  }
}
