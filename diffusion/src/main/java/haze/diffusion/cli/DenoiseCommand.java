package haze.diffusion.cli;

import haze.diffusion.data.ImageArgument;
import haze.diffusion.figure.ImageGrid.Block;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.sampler.Sampler;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `haze denoise`: what the model makes of a given picture from some timestep on.
@Command(
    name = "denoise",
    description =
        "Adds noise to a picture, and lets the model take it away again: what survives the noise"
            + " stays, the rest is the model's (SDEdit). Or takes away the noise that is there.",
    footer = {
      "",
      "The picture shows: the given picture | noisy images in the first row, below what the model"
          + " makes of each.",
      "Tensors in .safetensors: original, noisy, images (all of .npy)."
    })
final class DenoiseCommand extends EditCommand {
  private static final int ROWS = 2;

  @Option(
      names = "--image",
      paramLabel = IMAGE,
      required = true,
      description = "the picture: " + ImageArgument.FORMS)
  private String image;

  @Option(
      names = "--t",
      paramLabel = "N",
      required = true,
      description = "the noise is that of this timestep: 0 is none, the last one all")
  private int t;

  @Option(
      names = "--noisy",
      description =
          "the picture is noisy already: a clean one plus as much noise as timestep --t has,"
              + " which the command says in pixels from -1 to 1")
  private boolean noisy;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "8",
      description = "how many times, each with other noise (default: ${DEFAULT-VALUE})")
  private int count;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  DenoiseCommand() {
    super("denoised");
  }

  @Override
  void check() {
    model.requireAtLeast("--count", count, 1);
    model.requireAtLeast("--t", t, 0);
  }

  @Override
  SamplerKind kind(SchedulerConfig scheduler) {
    return way.kind(scheduler);
  }

  @Override
  long images() {
    // The given picture's column is as high as the others.
    return ROWS * (count + 1L);
  }

  @Override
  Samples.Made make(Studio studio, Sampler sampler) throws IOException {
    Tensor original = studio.read(image);
    int step = studio.step(sampler, t);
    studio.tell(sampler, step);
    Tensor pictures = Studio.repeat(original, count);
    Tensor xt =
        noisy
            ? shrunk(sampler.schedule().level(step), pictures)
            : studio.addNoise(sampler, pictures, step);
    Tensor made = studio.denoise(sampler, xt, step);
    return new Samples.Made(
        "images",
        Map.of("original", original, "noisy", xt, "images", made),
        List.of(new Block(original, 1), new Block(Studio.join(xt, made), count)));
  }

  /// The image of the chain that a picture of full strength with noise on it is.
  private Tensor shrunk(NoiseLevel level, Tensor pictures) {
    model
        .console()
        .println(
            String.format(
                Locale.ROOT,
                "takes the picture for one with noise of standard deviation %.3f",
                level.sigma()));
    return pictures.times((float) level.signal());
  }
}
