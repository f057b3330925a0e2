package haze.diffusion.sampler;

import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Remembers how a picture came into being, at chosen steps: to show the path.
public final class Snapshots implements SamplingLoop.Listener {
  private final int wanted;
  private final List<Snapshot> taken = new ArrayList<>();

  /// What there was after a step.
  ///
  /// @param done how many steps were done, from 1
  /// @param xt the images
  /// @param x0 the pictures that the network expected
  public record Snapshot(int done, Tensor xt, Tensor x0) {}

  /// Snapshots in even steps, the last of the finished picture.
  ///
  /// @param wanted how many, at least 1; fewer if there are fewer steps
  /// @throws IllegalArgumentException if the number is not positive
  public Snapshots(int wanted) {
    if (wanted < 1) {
      throw new IllegalArgumentException("snapshots: not a positive number: " + wanted);
    }
    this.wanted = wanted;
  }

  @Override
  public void after(int done, int steps, Sampler.State state) {
    // Whether the share of the snapshots that are due has grown by a whole one in this step.
    if ((long) done * wanted / steps > (done - 1L) * wanted / steps) {
      taken.add(new Snapshot(done, state.xt(), state.x0()));
    }
  }

  /// What was remembered, in the order of time.
  ///
  /// @return the snapshots
  public List<Snapshot> taken() {
    return List.copyOf(taken);
  }
}
