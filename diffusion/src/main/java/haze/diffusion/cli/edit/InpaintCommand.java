package haze.diffusion.cli.edit;

import haze.diffusion.data.ImageArgument;
import haze.diffusion.editing.ImageEditing;
import haze.diffusion.editing.MaskRegion;
import haze.diffusion.figure.Output;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `haze inpaint`: fills a region of an image.
@Command(
    name = "inpaint",
    description =
        "Cuts a hole into an image and fills it in several ways; the rest stays as it is"
            + " (RePaint).",
    footer = {
      "",
      "The figure shows: the image, below it what the model sees of it | the completions.",
      "Tensors in .safetensors: original, masked, images (all of .npy).",
      "",
      "Examples:",
      "  haze inpaint runs/a --image test:4 --hole upper-half",
      "  haze inpaint runs/a --image seven.png --mask mask.png --count 16"
    })
public final class InpaintCommand extends EditCommand {
  private static final int ROWS = 2;

  @Option(
      names = "--image",
      paramLabel = IMAGE,
      required = true,
      description = "the image: " + ImageArgument.FORMS)
  private String image = "";

  @ArgGroup(multiplicity = "1")
  private Hole hole = new Hole();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "" + ImageEditing.INPAINTING_ROUNDS,
      description =
          "how often every step is taken: the more, the better the filling fits"
              + " (default: ${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "8",
      description = "how many completions (default: ${DEFAULT-VALUE})")
  private int count;

  /// Where the hole is, in one of two forms.
  static final class Hole {
    @Option(
        names = "--mask",
        paramLabel = IMAGE,
        description =
            "the hole as an image of the same size: white is filled, black is kept, grey"
                + " is mixed (as diffusers' masks)")
    private @Nullable String mask;

    @Option(names = "--hole", paramLabel = "AREA", description = "the hole as " + MaskRegion.FORMS)
    private @Nullable MaskRegion region;
  }

  InpaintCommand() {
    super("inpainting");
  }

  @Override
  long cells() {
    // The given image's column and the completions have two rows.
    return ROWS * (1 + Math.ceilDiv((long) count, ROWS));
  }

  @Override
  Output edit(ImageEditing editing) throws IOException {
    MaskRegion region =
        hole.region != null
            ? hole.region
            : new MaskRegion.Grey(readMask(Objects.requireNonNull(hole.mask)));
    return editing.inpaint(read(image), region, count, rounds);
  }
}
