package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `haze sample`: makes pictures with a trained model.
@Command(
    name = "sample",
    description = "Makes pictures with a trained model.",
    footer = {
      "",
      "The same seed gives the same pictures, whatever the number of threads;",
      "picture i is the same whatever the count."
    })
final class SampleCommand implements Callable<Integer> {
  private static final int COUNT = 64;

  @Mixin private ModelOptions model;

  @Mixin private SamplerOptions way;

  @Mixin private OutOption out;

  @Option(
      names = "--count",
      paramLabel = "N",
      description =
          "how many pictures (default: " + COUNT + ", or a few more for as many of every class)")
  private @Nullable Integer wanted;

  @Mixin private ClassOptions classes;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  SampleCommand() {}

  @Override
  public Integer call() throws IOException {
    model.requireAtLeast("--count", wanted, 1);
    way.check();
    Path file = out.file("samples");
    Pipeline pipeline = model.pipeline();
    UNetConfig config = pipeline.unet().config();
    int side = config.sampleSize();
    int kinds = Math.max(1, classes.of(config).size());
    int count = wanted == null ? Math.ceilDiv(COUNT, kinds) * kinds : wanted;
    out.requireRoom(file, count, side, config.inChannels());
    Sampler sampler = way.sampler(pipeline.scheduler());

    Tensor images = sample(pipeline, sampler, Shape.of(count, side, side, config.inChannels()));
    out.kind(file)
        .write(
            Samples.Made.of(model.clipped(images)),
            Samples.remarks(
                way.kind(pipeline.scheduler()).cliName(), sampler.schedule().steps(), model.seed),
            file);
    model
        .console()
        .println(
            "wrote "
                + file
                + ": "
                + count
                + (count == 1 ? " picture" : " pictures")
                + " of "
                + side
                + " x "
                + side);
    return 0;
  }

  /// Makes the images, one batch after the other. An image does not depend on its batch.
  private Tensor sample(Pipeline pipeline, Sampler sampler, Shape shape) {
    int count = shape.dim(0);
    Tensor images = Tensor.zeros(shape.dims());
    int batch = Math.min(count, model.batch());
    int total = Math.ceilDiv(count, batch) * sampler.schedule().steps();
    try (Workers workers = model.workers();
        Progress progress =
            Progress.start(model.console(), "sample", 0, total, (double) count / total)) {
      for (int from = 0; from < count; from += batch) {
        int before = from / batch * sampler.schedule().steps();
        int size = Math.min(batch, count - from);
        SamplingLoop loop =
            new SamplingLoop(classes.denoiser(pipeline.unet(), workers, from, size), sampler);
        Tensor made =
            loop.sample(
                model.seed,
                from,
                shape.with(0, size),
                (done, _, _) -> progress.update(before + done, ""));
        images.slice(from, size).copyFrom(made);
      }
      progress.finish("");
    }
    return images;
  }
}
