package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.tensor.Shape;
import haze.tensor.Tensor;
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

  @Mixin private SamplerOptions sampler;

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
    SampleRequest request =
        classes.in(SampleRequest.of(wanted == null ? COUNT : wanted).sampler(sampler.choice()));
    request = request.seed(model.seed);
    Path file = out.file("samples");
    Pipeline pipeline = model.pipeline();
    Shape image = pipeline.unet().config().imageShape();
    if (wanted == null) {
      request = request.inWholeRounds(pipeline.unet().config());
    }
    out.requireRoom(file, request.count(), image.dim(0), image.dim(2));
    Tensor images = model.sample(pipeline, request);
    out.kind(file)
        .write(
            Samples.Made.of(images),
            Samples.remarks(
                request.sampler().kind(pipeline.scheduler()).cliName(),
                request.sampler().steps(pipeline.scheduler()),
                model.seed),
            file);
    model
        .console()
        .println(
            "wrote "
                + file
                + ": "
                + request.count()
                + (request.count() == 1 ? " picture" : " pictures")
                + " of "
                + image.dim(1)
                + " x "
                + image.dim(0));
    return 0;
  }
}
