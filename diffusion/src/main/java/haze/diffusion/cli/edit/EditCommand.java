package haze.diffusion.cli.edit;

import haze.diffusion.cli.ModelOptions;
import haze.diffusion.cli.OutOption;
import haze.diffusion.cli.SamplerOptions;
import haze.diffusion.data.ImageArgument;
import haze.diffusion.data.image.Background;
import haze.diffusion.editing.Conditioning;
import haze.diffusion.editing.ImageEditing;
import haze.diffusion.figure.Output;
import haze.diffusion.pipeline.Pipeline;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What commands share that begin with given images.
abstract class EditCommand implements Callable<Integer> {
  /// What an image may be, for the options' descriptions.
  static final String IMAGE = "IMAGE";

  @Mixin private final ModelOptions model = new ModelOptions();

  @Mixin private final SamplerOptions sampler = new SamplerOptions();

  @Mixin private final OutOption out = new OutOption();

  @Option(
      names = "--fit",
      description =
          "take the middle of given images and scale it, if their size is not the model's")
  private boolean fit;

  @Option(
      names = "--background",
      paramLabel = "COLOR",
      defaultValue = "white",
      description =
          "what shows through where a given image is transparent: "
              + Background.FORMS
              + " (default: ${DEFAULT-VALUE})")
  private Background background = Background.DEFAULT;

  @Option(
      names = "--class",
      paramLabel = "N|NAME",
      description =
          "for a model that was trained with labels or clusters: the class of the images, by its"
              + " number from 0 or its name (default: none; a model that was never trained without"
              + " a class needs one)")
  private @Nullable String label;

  @Option(
      names = "--guidance",
      paramLabel = "X",
      description =
          "for --class: guidance scale, 1 is none, more makes what the model adds more typical of"
              + " the class, at twice the work (default: 1)")
  private @Nullable Double guidance;

  private final String stem;

  /// Of the model's images, `[h, w, c]`.
  private Shape shape = Shape.of();

  /// A command.
  ///
  /// @param stem the name of the file that it writes if none is named
  EditCommand(String stem) {
    this.stem = stem;
  }

  /// How many images the figure has room for.
  abstract long cells();

  /// Does the work.
  abstract Output edit(ImageEditing editing) throws IOException;

  /// A given image, `[1, h, w, c]`.
  final Tensor read(String name) throws IOException {
    return ImageArgument.parse(name).read(shape, fit, background);
  }

  /// A given mask, `[1, h, w, 1]`.
  final Tensor readMask(String name) throws IOException {
    return ImageArgument.parse(name).readMask(shape.with(2, 1), fit);
  }

  @Override
  public final Integer call() throws IOException {
    Pipeline pipeline = model.pipeline(sampler.choice().kind());
    shape = pipeline.unet().config().imageShape();
    int classes = pipeline.unet().config().classes();
    var condition =
        new Conditioning(
            label == null
                ? OptionalInt.empty()
                : OptionalInt.of(pipeline.classNames().label(label, classes)),
            guidance == null ? OptionalDouble.empty() : OptionalDouble.of(guidance));
    Path file = out.file(stem, cells(), shape);
    Output output =
        model.work(
            (workers, phases) ->
                edit(
                    new ImageEditing(
                        pipeline, sampler.choice(), model.seed, workers, phases, condition)));
    out.write(output, file);
    model.console().wrote(file);
    return 0;
  }
}
