package haze.diffusion.pipeline;

import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Finds what diffusers wrote, see `golden/pipeline/ORIGIN.md`; and makes models that are small
/// enough for tests.
public final class PipelineGolden {
  /// The network of `unet-tiny/config.json`.
  public static final UNetConfig TINY =
      UNetConfig.builder(8, 1)
          .layers(1)
          .channels(8, 16)
          .attentionAt(1)
          .headChannels(8)
          .groups(4)
          .build();

  /// Few timesteps, noisy at the end all the same.
  public static final SchedulerConfig SHORT =
      SchedulerConfig.DDPM.withTimesteps(20).withBetas(0.005, 0.5);

  private PipelineGolden() {}

  /// A configuration with another value, as in the file.
  static SchedulerConfig with(SchedulerConfig config, String key, @Nullable Object value) {
    return new SchedulerConfig(config.kind(), config.settings().with(key, value));
  }

  /// A file below `golden/pipeline`, or beside it.
  public static Path path(String name) {
    try {
      URL origin = PipelineGolden.class.getResource("/golden/pipeline/ORIGIN.md");
      return Path.of(Objects.requireNonNull(origin).toURI()).resolveSibling(name).normalize();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /// An untrained model.
  public static Pipeline untrained(UNetConfig config, SchedulerConfig scheduler) {
    UNet unet = new UNet(config);
    new ParameterVector(unet).initialize(1, 2, false);
    return new Pipeline(unet, scheduler);
  }

  /// A pipeline directory whose parts are the golden files with the old names of attention layers.
  static Path oldNames(Path directory) throws IOException {
    Files.createDirectories(directory.resolve("unet"));
    Files.createDirectories(directory.resolve("scheduler"));
    for (String name : List.of("config.json", "diffusion_pytorch_model.safetensors")) {
      Files.copy(path("unet-old-names/" + name), directory.resolve("unet/" + name));
    }
    Files.copy(
        path("DDPMScheduler/scheduler_config.json"),
        directory.resolve("scheduler/scheduler_config.json"));
    PipelineFiles.index(SamplerKind.DDPM).write(directory.resolve("model_index.json"));
    return directory;
  }
}
