package haze.diffusion.cli.edit;

import haze.diffusion.data.ImageArgument;
import haze.diffusion.editing.ImageEditing;
import haze.diffusion.figure.Output;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `haze encode`: from images to the noise that would make them.
@Command(
    name = "encode",
    description =
        "Finds the noise from which the model makes given images: deterministic sampling taken"
            + " the other way (DDIM inversion).",
    footer = {
      "",
      "The figure shows three rows: the images, their encodings, and what the sampler makes of"
          + " these.",
      "Tensors in .safetensors: original, encoding (all of .npy), reconstruction.",
      "Nothing is clipped, neither there nor back.",
      "",
      "Examples:",
      "  haze encode runs/a --image test:0 --image seven.png --steps 100"
    })
public final class EncodeCommand extends EditCommand {
  private static final int ROWS = 3;

  @Option(
      names = "--image",
      paramLabel = IMAGE,
      required = true,
      description = "what to encode, may be repeated: " + ImageArgument.FORMS)
  private List<String> images = List.of();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "" + ImageEditing.ENCODING_ROUNDS,
      description =
          "how often the network is evaluated in a step; 1 is the usual inversion, more make it"
              + " exact (default: ${DEFAULT-VALUE})")
  private int rounds;

  EncodeCommand() {
    super("encoding");
  }

  @Override
  long cells() {
    return (long) ROWS * images.size();
  }

  @Override
  Output edit(ImageEditing editing) throws IOException {
    List<Tensor> given = new ArrayList<>();
    for (String name : images) {
      given.add(read(name));
    }
    return editing.encode(given, rounds);
  }
}
