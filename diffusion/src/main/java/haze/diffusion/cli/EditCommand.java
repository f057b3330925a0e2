package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.sampler.Sampler;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What commands share that begin with given pictures: their options, and the order in which things
/// are checked, made and written.
abstract class EditCommand implements Callable<Integer> {
  /// What an image may be, for the options' descriptions.
  static final String IMAGE = "IMAGE";

  @Mixin ModelOptions model;

  @Mixin SamplerOptions way;

  @Mixin private OutOption out;

  @Option(
      names = "--fit",
      description =
          "take the middle of given pictures and scale it, if their size is not the model's")
  private boolean fit;

  private final String stem;

  /// A command.
  ///
  /// @param stem the name of the file that it writes if none is named
  @SuppressWarnings("NullAway.Init") // picocli sets the options.
  EditCommand(String stem) {
    this.stem = stem;
  }

  /// Checks the command's own options, as far as the model does not matter.
  abstract void check();

  /// The sampler to use.
  abstract SamplerKind kind(SchedulerConfig scheduler);

  /// How the model's scheduler is changed for this command.
  SchedulerConfig adapted(SchedulerConfig scheduler) {
    return scheduler;
  }

  /// The most steps to take if the user does not ask for a number.
  int patience() {
    return Integer.MAX_VALUE;
  }

  /// How many images there will be in the picture.
  abstract long images();

  /// Does the work.
  abstract Samples.Made make(Studio studio, Sampler sampler) throws IOException;

  @Override
  public final Integer call() throws IOException {
    check();
    way.check();
    Path file = out.file(stem);
    Pipeline pipeline = model.pipeline();
    Shape shape = pipeline.unet().config().imageShape();
    out.requireRoom(file, images(), shape.dim(0), shape.dim(2));
    SamplerKind kind = kind(pipeline.scheduler());
    SchedulerConfig scheduler = adapted(pipeline.scheduler());
    Sampler sampler = way.sampler(scheduler, kind, patience());
    Studio studio = new Studio(model, pipeline, way.choice().kind(kind).config(scheduler), fit);

    Samples.Made made = make(studio, sampler);
    out.kind(file)
        .write(made, Samples.remarks(kind.cliName(), sampler.schedule().steps(), model.seed), file);
    model.console().println("wrote " + file);
    return 0;
  }
}
