package haze.diffusion.study;

import haze.autograd.Concat;
import haze.autograd.Silu;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Linear;
import haze.nn.Module;
import haze.tensor.Tensor;

/// The network `epsilon_theta(x_t, t)` of [TinyDiffusion] for points of the plane: four layers,
/// 10,000 parameters.
public final class TinyNetwork extends Module {
  private static final int WIDTH = 64;
  private static final int FREQUENCIES = 4;
  private final Linear in = register("in", new Linear(2 + 3 * 2 * FREQUENCIES, WIDTH));
  private final Linear middle1 = register("middle1", new Linear(WIDTH, WIDTH));
  private final Linear middle2 = register("middle2", new Linear(WIDTH, WIDTH));
  private final Linear out = register("out", new Linear(WIDTH, 2));

  /// A network whose parameters are still to be initialized.
  public TinyNetwork() {}

  /// {@return the predicted noise, `[n, 2]`}
  ///
  /// @param xt noisy points, `[n, 2]`
  /// @param t the timestep of each, 1..T, or one for all
  public Variable forward(Tape tape, Tensor xt, int... t) {
    Variable h = Concat.apply(tape, 1, tape.constant(xt), tape.constant(waves(xt, t)));
    h = Silu.apply(tape, in.forward(tape, h));
    h = Silu.apply(tape, middle1.forward(tape, h));
    h = Silu.apply(tape, middle2.forward(tape, h));
    return out.forward(tape, h);
  }

  /// `sin(2^k pi/4 v)` and `cos(2^k pi/4 v)` of both coordinates and of `2 t / T`: without them a
  /// small network learns fine detail slowly (Tancik et al. 2020, "Fourier Features").
  private static Tensor waves(Tensor xt, int... t) {
    Tensor waves = Tensor.zeros(xt.dim(0), 3 * 2 * FREQUENCIES);
    int at = 0;
    for (int i = 0; i < xt.dim(0); i++) {
      double time = 2.0 * t[t.length == 1 ? 0 : i] / TinyDiffusion.TIMESTEPS;
      for (double v : new double[] {xt.get(i, 0), xt.get(i, 1), time}) {
        for (int k = 0; k < FREQUENCIES; k++) {
          waves.data()[at++] = (float) Math.sin((1 << k) * Math.PI / 4 * v);
          waves.data()[at++] = (float) Math.cos((1 << k) * Math.PI / 4 * v);
        }
      }
    }
    return waves;
  }
}
