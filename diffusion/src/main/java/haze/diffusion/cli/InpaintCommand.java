package haze.diffusion.cli;

import haze.diffusion.data.ImageArgument;
import haze.diffusion.editing.InpaintingSampler;
import haze.diffusion.figure.ImageGrid.Block;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.Sampler;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `haze inpaint`: fills a hole in a picture.
@Command(
    name = "inpaint",
    description =
        "Cuts a hole into a picture and fills it in several ways; the rest stays as it is"
            + " (RePaint).",
    footer = {
      "",
      "The picture shows: the picture, below it what the model sees of it | the completions.",
      "Tensors in .safetensors: original, masked, images (all of .npy)."
    })
final class InpaintCommand extends EditCommand {
  /// Each step is taken several times, and ten rounds of these do more than one of ten times as
  /// many.
  static final int USUAL_STEPS = 100;

  private static final int ROWS = 2;

  @Option(
      names = "--image",
      paramLabel = IMAGE,
      required = true,
      description = "the picture: " + ImageArgument.FORMS)
  private String image;

  @ArgGroup(multiplicity = "1")
  private HoleOptions hole;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "10",
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

  /// One of the ways to say where the hole is.
  static final class HoleOptions {
    @Option(
        names = "--mask",
        paramLabel = IMAGE,
        description =
            "the hole as a picture of the same size: white is filled, black is kept, grey"
                + " is mixed (as diffusers' masks)")
    private @Nullable String mask;

    @Option(
        names = "--hole",
        paramLabel = "AREA",
        converter = Hole.Converter.class,
        description =
            "the hole as left,top,right,bottom in pixels, right and bottom just outside; or "
                + Hole.NAMES)
    private @Nullable Hole hole;

    /// How much of each pixel is kept, `[h, w]`: 1 all, 0 nothing.
    private Tensor kept(Studio studio, Shape shape) throws IOException {
      if (hole != null) {
        return hole.kept(shape.dim(0), shape.dim(1));
      }
      // White, 1, is not kept; black, -1, is.
      return WeightedSum.of(
              0.5,
              Tensor.full(1, 1, shape.dim(0), shape.dim(1), 1),
              -0.5,
              studio.readGrey(Objects.requireNonNull(mask)))
          .reshape(shape.dim(0), shape.dim(1));
    }
  }

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  InpaintCommand() {
    super("inpainting");
  }

  @Override
  void check() {
    model.requireAtLeast("--count", count, 1);
    model.requireAtLeast("--rounds", rounds, 1);
  }

  @Override
  SamplerKind kind(SchedulerConfig scheduler) {
    return way.kind(scheduler);
  }

  @Override
  int patience() {
    return USUAL_STEPS;
  }

  @Override
  long images() {
    // The given picture's column and the completions have two rows.
    return ROWS * (1 + Math.ceilDiv((long) count, ROWS));
  }

  @Override
  Samples.Made make(Studio studio, Sampler sampler) throws IOException {
    Tensor original = studio.read(image);
    Tensor kept = everyChannel(kept(studio), studio.imageShape());
    // What is missing is grey, the middle of -1 and 1.
    Tensor masked = original.times(kept);
    Tensor pictures = Studio.repeat(original, count);
    Sampler keeping = new InpaintingSampler(sampler, pictures, Studio.repeat(kept, count), rounds);
    Tensor made = studio.sample(keeping, pictures.shape());
    return new Samples.Made(
        "images",
        Map.of("original", original, "masked", masked, "images", made),
        List.of(
            new Block(Studio.join(original, masked), 1),
            new Block(made, Math.ceilDiv(count, ROWS))));
  }

  private Tensor kept(Studio studio) throws IOException {
    try {
      return hole.kept(studio, studio.imageShape());
    } catch (IllegalArgumentException e) {
      throw model.wrongUsage(String.valueOf(e.getMessage()));
    }
  }

  private static Tensor everyChannel(Tensor kept, Shape shape) {
    Tensor mask = Tensor.zeros(1, shape.dim(0), shape.dim(1), shape.dim(2));
    float[] data = mask.data();
    for (int i = 0; i < data.length; i++) {
      data[i] = kept.data()[kept.offset() + i / shape.dim(2)];
    }
    return mask;
  }
}
