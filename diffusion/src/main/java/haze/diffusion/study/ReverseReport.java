package haze.diffusion.study;

import haze.diffusion.editing.EditListener;
import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.Figure;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.sampler.ProgressListener;
import haze.diffusion.sampler.Snapshots.Snapshot;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Shows how a model makes images out of pure noise: for each sample a row of the images `x_t`, and
/// below them the `x_0` that the model predicts of each.
///
/// @param taken the images at some moments, in the order of time, at least one
/// @param moments what is written above each
/// @param classes the class of each sample, in words; none if the model has no classes
public record ReverseReport(List<Snapshot> taken, List<String> moments, List<String> classes) {
  private static final int MOST_INTERVALS = 10;
  private static final int MOST_SAMPLES = 64;

  /// Copies the lists.
  ///
  /// @throws IllegalArgumentException if there is another number of captions or classes
  public ReverseReport {
    taken = List.copyOf(taken);
    moments = List.copyOf(moments);
    classes = List.copyOf(classes);
    int samples = taken.getFirst().xt().dim(0);
    if (moments.size() != taken.size() || (!classes.isEmpty() && classes.size() != samples)) {
      throw new IllegalArgumentException(
          "reverse report: "
              + moments.size()
              + " captions and "
              + classes.size()
              + " classes for "
              + taken.size()
              + " moments of "
              + samples
              + " samples");
    }
  }

  /// {@return a request for so many samples}
  ///
  /// @throws RequestException if they are not 1 to 64: more are not told apart
  public static SampleRequest request(int samples) {
    if (samples < 1 || samples > MOST_SAMPLES) {
      throw new RequestException("count", "is " + samples + ", expected 1 to " + MOST_SAMPLES);
    }
    return SampleRequest.of(samples);
  }

  /// Samples a model.
  ///
  /// @param request which samples, made as one batch, see [#request]
  /// @param workers the threads, which the caller closes
  /// @param listener notified after every step
  /// @throws RequestException if the request does not fit the model
  /// @throws haze.diffusion.pipeline.NotFiniteException if the network's output is NaN or infinite
  public static ReverseReport sample(
      Pipeline model, SampleRequest request, Workers workers, EditListener listener) {
    SamplingSchedule schedule = request.sampler().sampler(model.scheduler()).schedule();
    boolean flow = model.scheduler().kind() == SamplerKind.FLOW;
    ProgressListener progress = listener.phase("sample", schedule.steps(), request.count());
    List<Snapshot> taken = model.snapshots(request, MOST_INTERVALS, workers, progress);
    return new ReverseReport(
        taken,
        taken.stream().map(snapshot -> moment(schedule, flow, snapshot.done())).toList(),
        IntStream.of(request.labels(model)).mapToObj(label -> model.caption(label)).toList());
  }

  /// The time s of flow matching, or the timestep, 0..T, after some steps.
  private static String moment(SamplingSchedule schedule, boolean flow, int done) {
    if (flow) {
      return String.format(Locale.ROOT, "s = %.2f", schedule.level(done).noise());
    }
    // Networks count from 0.
    long t = done == schedule.steps() ? 0 : Math.round(schedule.timestep(done)) + 1;
    return "t = " + t;
  }

  /// Two rows of images for each sample.
  public Figure figure() {
    Tensor first = taken.getFirst().xt();
    int samples = first.dim(0);
    int columns = taken.size();
    Tensor images = Tensor.zeros(first.shape().with(0, 2 * samples * columns).dims());
    List<String> left = new ArrayList<>();
    for (int sample = 0; sample < samples; sample++) {
      int row = 2 * sample;
      for (int column = 0; column < columns; column++) {
        Snapshot snapshot = taken.get(column);
        images.at(row * columns + column).copyFrom(snapshot.xt().at(sample));
        images.at((row + 1) * columns + column).copyFrom(snapshot.x0().at(sample));
      }
      String name = classes.isEmpty() ? "" : classes.get(sample) + "\n";
      left.add(name + Figure.words("image xₜ", "image x_t"));
      left.add(Figure.words("predicted x₀", "predicted x_0"));
    }
    return new CaptionedGrid(images, moments, left)
        .withArrow(Figure.words("p(xₜ₋₁ | xₜ) removes noise", "p(x_{t-1} | x_t) removes noise"));
  }
}
