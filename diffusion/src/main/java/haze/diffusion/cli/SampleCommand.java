package haze.diffusion.cli;

import haze.diffusion.io.JsonLine;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.nn.unet.UNetConfig;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `haze sample`: makes images with a trained model.
@Command(
    name = "sample",
    description = "Makes images with a trained model.",
    footer = {
      "",
      "The same seed gives the same images, whatever the number of threads;",
      "image i is the same whatever the count.",
      "",
      "Examples:",
      "  haze sample --class 7 --count 16",
      "  haze sample runs/a --count 100 --seed 7 --out grid.png",
      "  haze sample runs/a --sampler ddim --steps 50 --out samples.npy",
      "  haze sample runs/a --class 7 --guidance 3"
    })
final class SampleCommand implements Callable<Integer> {
  private static final int COUNT = 64;

  @Mixin private final ModelOptions model = new ModelOptions();

  @Mixin private final SamplerOptions sampler = new SamplerOptions();

  @Mixin private final OutOption out = new OutOption();

  @Option(
      names = "--count",
      paramLabel = "N",
      description =
          "how many images (default: " + COUNT + ", or a few more for as many of every class)")
  private @Nullable Integer count;

  @Mixin private final ClassOptions classes = new ClassOptions();

  SampleCommand() {}

  @Override
  public Integer call() throws IOException {
    SampleRequest any =
        SampleRequest.of(count == null ? COUNT : count).sampler(sampler.choice()).seed(model.seed);
    Pipeline pipeline = model.pipeline(any.sampler());
    SampleRequest given = classes.guided(any, pipeline);
    UNetConfig network = pipeline.unet().config();
    SampleRequest request = count == null ? given.inWholeRounds(pipeline) : given;
    Path file = out.file("samples", request.count(), network.imageShape());
    Tensor images =
        model.work(
            (workers, phases) ->
                pipeline.sample(
                    request,
                    workers,
                    phases.phase(
                        "sample", pipeline.samplingSteps(request, workers), request.count())));
    out.write(pipeline.output(request, images), file);
    model
        .console()
        .result(
            "wrote",
            new JsonLine()
                .put("file", file.toString())
                .put("count", request.count())
                .put("shape", network.imageShape().dims())
                .put("seed", request.seed())
                .put("sampler", request.sampler().kind(pipeline.scheduler()).cliName())
                .put("steps", request.sampler().steps(pipeline.scheduler())),
            String.format(
                Locale.ROOT,
                "wrote %s: %d %s of %s",
                file,
                request.count(),
                request.count() == 1 ? "image" : "images",
                network.imageSize()));
    return 0;
  }
}
