package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.nn.file.Disk;
import haze.nn.file.PrintableText;
import haze.nn.safetensors.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// Where the parts of a pipeline lie in its directory.
///
/// ```
/// model_index.json                              which classes the parts are
/// unet/config.json                              sizes and switches of the network
/// unet/diffusion_pytorch_model.safetensors      its weights, see WeightsFiles
/// scheduler/scheduler_config.json               noise schedule and sampler
/// classes.json                                  names of the classes, if they have such
/// clusters.safetensors                          what the classes are, if k-means found them
/// ```
///
/// In diffusers' first pipelines, such as google/ddpm-cifar10-32, all files lie in the directory
/// itself.
///
/// @param index `model_index.json`
/// @param unetConfig the network's configuration
/// @param weights the network's weights, as they are written
/// @param schedulerConfig the scheduler's configuration
/// @param classNames the names of the classes
/// @param clusters the classes that k-means found
record PipelineFiles(
    Path index,
    Path unetConfig,
    Path weights,
    Path schedulerConfig,
    Path classNames,
    Path clusters) {
  private static final String INDEX = "model_index.json";
  private static final String UNET = "unet";
  private static final String UNET_EMA = "unet_ema";
  private static final String SCHEDULER = "scheduler";

  /// More models of a directory are too many for a message.
  private static final int NAMED = 8;

  private static final String LIBRARY = "diffusers";

  private static PipelineFiles in(Path directory, Path unet, Path scheduler) {
    return new PipelineFiles(
        directory.resolve(INDEX),
        unet.resolve("config.json"),
        unet.resolve(WeightsFiles.PLAIN),
        scheduler.resolve("scheduler_config.json"),
        directory.resolve("classes.json"),
        directory.resolve("clusters.safetensors"));
  }

  /// {@return whether there is an index}
  static boolean isIn(Path directory) {
    return Files.exists(directory.resolve(INDEX));
  }

  /// Finds the parts.
  ///
  /// @throws IOException if the directory is none, or its index names parts that Haze does not know
  static PipelineFiles find(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new BadFileException(
          directory,
          Files.exists(directory)
              ? "not a directory, expected that of a model"
              : "no such directory");
    }
    PipelineFiles files = in(directory, part(directory, UNET), part(directory, SCHEDULER));
    if (!Files.exists(files.index)) {
      boolean isPart = Files.exists(directory.toAbsolutePath().resolveSibling(INDEX));
      throw new BadFileException(
          directory,
          "not a pipeline directory, it has no "
              + INDEX
              + (isPart ? "; the directory above it has one" : models(directory)));
    }
    JsonObject json = JsonObject.read(files.index);
    json.requireOneOf(Diffusers.CLASS, List.of("DDPMPipeline", "DDIMPipeline", "PNDMPipeline"));
    json.requireOneOf(UNET, List.of(List.of(LIBRARY, UNetConfigFile.CLASS)));
    // Its class is in its own file.
    List<String> scheduler = json.strings(SCHEDULER, List.of(LIBRARY, ""));
    if (scheduler.size() != 2 || !scheduler.getFirst().equals(LIBRARY)) {
      throw json.invalid(SCHEDULER, "expected \"" + LIBRARY + "\" and one of its classes");
    }
    json.requireNoOtherKeys();
    return files;
  }

  /// Names the models in a directory, if there are some.
  private static String models(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      List<String> models =
          entries
              .filter(PipelineFiles::isIn)
              .map(model -> PrintableText.harmless(String.valueOf(model.getFileName())))
              .sorted()
              .toList();
      return models.isEmpty()
          ? ""
          : "; models in it: "
              + String.join(", ", models.subList(0, Math.min(NAMED, models.size())))
              + (models.size() > NAMED ? ", .." : "");
    }
  }

  /// Opens the weights.
  ///
  /// @throws IOException if there are none of the choice, or a file is not valid
  TensorFile openWeights(LoadChoice choice) throws IOException {
    Path unet = Objects.requireNonNull(weights.getParent());
    if (!choice.averaged()) {
      return WeightsFiles.open(unet, choice.variant());
    }
    Path average = index.resolveSibling(UNET_EMA);
    if (!Files.isDirectory(average)) {
      throw new BadFileException(average, "no such directory, expected the average of " + unet);
    }
    return WeightsFiles.open(average, choice.variant());
  }

  private static Path part(Path directory, String name) {
    Path part = directory.resolve(name);
    return Files.isDirectory(part) ? part : directory;
  }

  /// The weights as they are written.
  static Path weights(Path directory) {
    return directory.resolve(UNET).resolve(WeightsFiles.PLAIN);
  }

  /// Makes the directories of a pipeline where they are missing.
  static PipelineFiles create(Disk disk, Path directory) throws IOException {
    PipelineFiles files = in(directory, directory.resolve(UNET), directory.resolve(SCHEDULER));
    disk.createDirectories(directory.resolve(UNET));
    disk.createDirectories(directory.resolve(SCHEDULER));
    return files;
  }

  /// The index as diffusers writes it. It has no other pipeline for a network of this kind;
  /// `DDPMPipeline` works with every scheduler that needs no scaled input, which Euler and Heun do.
  static JsonWriter index(SamplerKind scheduler) {
    return Diffusers.file(scheduler == SamplerKind.DDIM ? "DDIMPipeline" : "DDPMPipeline")
        .put(SCHEDULER, List.of(LIBRARY, scheduler.className()))
        .put(UNET, List.of(LIBRARY, UNetConfigFile.CLASS));
  }
}
