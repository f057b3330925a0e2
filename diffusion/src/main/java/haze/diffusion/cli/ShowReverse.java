package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.Snapshots.Snapshot;
import haze.diffusion.study.ReverseRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `haze show reverse`: noise that becomes pictures.
@Command(
    name = "reverse",
    description = {
      "Draws how a model makes pictures out of noise.",
      "For each picture a row of images on the way, and below each image what the network took for"
          + " the picture in the step that led there."
    },
    footer = {"", "The pictures are those of haze sample with the same seed and sampler."})
final class ShowReverse implements Callable<Integer> {
  private static final int COLUMNS = 10;

  /// As many as a person looks at, and a screen shows.
  private static final int MAX_COUNT = 64;

  @Mixin private ModelOptions model;

  @Mixin private SamplerOptions way;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "4",
      description = "how many pictures (default: ${DEFAULT-VALUE})")
  private int count;

  @Mixin private ClassOptions classes;

  @Mixin private FigureOption picture;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  ShowReverse() {}

  @Override
  public Integer call() throws IOException {
    if (count < 1 || count > MAX_COUNT) {
      throw model.wrongUsage("--count is " + count + ", expected 1 to " + MAX_COUNT);
    }
    SampleRequest request =
        classes.in(SampleRequest.of(count).sampler(way.choice()).seed(model.seed));
    Path file = picture.file();
    Pipeline pipeline = model.pipeline();
    Sampler sampler = request.sampler().sampler(pipeline.scheduler());
    List<Snapshot> taken =
        model.withProgress(
            "sample",
            count,
            _ -> sampler.schedule().steps(),
            (workers, progress) -> pipeline.snapshots(request, COLUMNS, workers, progress));
    boolean flow = pipeline.scheduler().kind() == SamplerKind.FLOW;
    List<String> captions =
        taken.stream()
            .map(
                snapshot ->
                    flow
                        ? String.format(
                            Locale.ROOT,
                            "s = %.2f",
                            sampler.schedule().level(snapshot.done()).noise())
                        : "t = " + timestep(sampler, snapshot.done()))
            .toList();
    int[] labels = request.labels(pipeline.unet().config());
    List<String> names =
        IntStream.range(0, count)
            .mapToObj(i -> labels.length == 0 ? "" : "class " + labels[i])
            .toList();
    ReverseRows.of(taken, captions, names).write(file);
    picture.written(file);
    return 0;
  }

  /// The timestep, 0..T, of the images after some steps.
  private static long timestep(Sampler sampler, int done) {
    return done == sampler.schedule().steps()
        ? 0
        : Math.round(sampler.schedule().timestep(done)) + 1;
  }
}
