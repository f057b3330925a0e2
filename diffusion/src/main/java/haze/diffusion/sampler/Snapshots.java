package haze.diffusion.sampler;

import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Keeps the images at some moments of sampling, in even steps from pure noise to the samples.
public final class Snapshots implements SamplingLoop.Listener {
  private final int most;
  private final List<Snapshot> taken = new ArrayList<>();
  private @Nullable Tensor before;

  /// The images at one moment.
  ///
  /// @param done how many steps were done, from 0
  /// @param xt the images, `[n, h, w, c]`
  /// @param x0 what is predicted of them in the next step, same shape; the samples themselves at
  ///   the end
  public record Snapshot(int done, Tensor xt, Tensor x0) {}

  /// Snapshots of pure noise and of the samples, and between them as many as leave even steps.
  ///
  /// @param most the most intervals between snapshots, at least 1
  /// @throws IllegalArgumentException if the number is not positive
  public Snapshots(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("snapshots: not a positive number: " + most);
    }
    this.most = most;
  }

  @Override
  public void before(Tensor xt) {
    before = xt;
  }

  @Override
  public void after(int done, int steps, Sampler.State state) {
    int intervals = intervals(steps);
    // The predicted x0 of this step is that of the images before it.
    if (before != null && (taken.isEmpty() || isDue(done - 1, steps, intervals))) {
      taken.add(new Snapshot(done - 1, before, state.x0()));
    }
    before = state.xt();
    if (done == steps) {
      taken.add(new Snapshot(steps, state.xt(), state.xt()));
    }
  }

  /// The largest number of equal intervals, if it is at least half of what is wanted; or else as
  /// many as are wanted, which differ by one step.
  private int intervals(int steps) {
    for (int intervals = Math.min(most, steps); 2 * intervals >= most; intervals--) {
      if (steps % intervals == 0) {
        return intervals;
      }
    }
    return Math.min(most, steps);
  }

  private static boolean isDue(int done, int steps, int intervals) {
    return (long) done * intervals / steps > (done - 1L) * intervals / steps;
  }

  /// {@return the snapshots in the order of time}
  public List<Snapshot> taken() {
    return List.copyOf(taken);
  }
}
