package haze.diffusion.cli.edit;

import haze.diffusion.data.ImageArgument;
import haze.diffusion.editing.ImageEditing;
import haze.diffusion.figure.Output;
import haze.diffusion.pipeline.RequestException;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `haze interpolate`: images between two images.
@Command(
    name = "interpolate",
    description = "Goes from one image to another in a row of images, as the model imagines them.",
    footer = {
      "",
      "The figure shows: from | the row | to. Tensors in .safetensors: from, images (all of .npy),"
          + " to.",
      "The ends of the row are the given images as the model reconstructs them.",
      "",
      "Examples:",
      "  haze interpolate runs/a --from test:4 --to test:20 --count 12"
    })
public final class InterpolateCommand extends EditCommand {
  private static final int ENDS = 2;

  enum Method {
    NOISE,
    ENCODING
  }

  @Option(
      names = "--from",
      paramLabel = IMAGE,
      required = true,
      description = "where the row begins: " + ImageArgument.FORMS)
  private String from = "";

  @Option(names = "--to", paramLabel = IMAGE, required = true, description = "where it ends")
  private String to = "";

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "10",
      description = "images of the row (default: ${DEFAULT-VALUE})")
  private int count;

  @Option(
      names = "--by",
      paramLabel = "noise|encoding",
      defaultValue = "noise",
      description = {
        "noise: both get the same noise, straight line, and back (Ho et al. 2020),",
        "encoding: both are encoded as by haze encode, arc, and back (Song et al. 2021)",
        "(default: ${DEFAULT-VALUE})"
      })
  private Method by = Method.NOISE;

  @Option(
      names = "--t",
      paramLabel = "N",
      description =
          "for noise: up to which timestep; the more, the more is the model's"
              + " (default: where noise has four fifths of the power)")
  private @Nullable Integer t;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description =
          "for encoding: as for haze encode (default: " + ImageEditing.ENCODING_ROUNDS + ")")
  private @Nullable Integer rounds;

  InterpolateCommand() {
    super("interpolation");
  }

  @Override
  long cells() {
    return (long) count + ENDS;
  }

  @Override
  Output edit(ImageEditing editing) throws IOException {
    if (by == Method.ENCODING && t != null) {
      throw new RequestException("t", "is for --by noise, an encoding goes all of the way");
    }
    if (by == Method.NOISE && rounds != null) {
      throw new RequestException("rounds", "is for --by encoding");
    }
    Tensor first = read(from);
    Tensor last = read(to);
    return switch (by) {
      case NOISE ->
          editing.interpolate(
              first, last, count, t == null ? OptionalInt.empty() : OptionalInt.of(t));
      case ENCODING ->
          editing.interpolateEncodings(
              first, last, count, rounds == null ? ImageEditing.ENCODING_ROUNDS : rounds);
    };
  }
}
