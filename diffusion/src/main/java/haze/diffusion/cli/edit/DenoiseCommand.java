package haze.diffusion.cli.edit;

import haze.diffusion.data.ImageArgument;
import haze.diffusion.editing.ImageEditing;
import haze.diffusion.figure.Output;
import haze.diffusion.pipeline.RequestException;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `haze denoise`: what the model makes of a given image from some timestep on.
@Command(
    name = "denoise",
    description =
        "Adds noise to an image, and lets the model take it away again: what survives the noise"
            + " stays, the rest is the model's (SDEdit). Or takes away the noise that is there.",
    footer = {
      "",
      "The figure shows: the given image | noisy images in the first row, below what the model"
          + " makes of each.",
      "Tensors in .safetensors: original, noisy, images (all of .npy).",
      "",
      "Examples:",
      "  haze denoise runs/a --image test:8 --t 700",
      "  haze denoise runs/a --image noisy.png --t 200 --noisy"
    })
public final class DenoiseCommand extends EditCommand {
  private static final int ROWS = 2;

  @Option(
      names = "--image",
      paramLabel = IMAGE,
      required = true,
      description = "the image: " + ImageArgument.FORMS)
  private String image = "";

  @Option(
      names = "--t",
      paramLabel = "N",
      required = true,
      description = "the noise is that of this timestep: 0 is none, the last one all")
  private int t;

  @Option(
      names = "--noisy",
      description =
          "the image is noisy already: a clean one plus as much noise as timestep --t has,"
              + " which the command prints for pixels from -1 to 1")
  private boolean noisy;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "8",
      description = "how many times, each with other noise (default: ${DEFAULT-VALUE})")
  private int count;

  DenoiseCommand() {
    super("denoised");
  }

  @Override
  long cells() {
    // The given image's column is as high as the others.
    return ROWS * (count + 1L);
  }

  @Override
  Output edit(ImageEditing editing) throws IOException {
    RequestException.requireAtLeast("t", t, 0);
    return noisy
        ? editing.denoiseNoisy(read(image), t, count)
        : editing.denoise(read(image), t, count);
  }
}
