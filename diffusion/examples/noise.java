///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//REPOS mavenLocal,central
//DEPS haze:haze-diffusion:0.1.0-SNAPSHOT
//JAVA_OPTIONS --add-modules=jdk.incubator.vector

import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.tensor.Rng;
import haze.tensor.Tensor;

/// The forward process on one number, `x_0 = 1`: mean and variance of `x_t` over 10,000 draws,
/// beside `sqrt(alphaBar_t)` and `1 - alphaBar_t`.
void main() {
  var schedule = NoiseSchedule.cosine(1000);
  var forward = new ForwardProcess(schedule);
  int n = 10_000;
  Tensor x0 = Tensor.full(1, n, 1);
  IO.println("   t    mean  expected   variance  expected");
  for (int t : new int[] {1, 250, 500, 750, 1000}) {
    Tensor xt = forward.addNoise(x0, new Rng(7, 0, t, 0).normal(Tensor.zeros(n, 1)), t);
    double mean = xt.mean().item();
    double variance = xt.times(xt).mean().item() - mean * mean;
    double alphaBar = schedule.alphaBar(t);
    IO.println(
        "%4d %7.4f   %7.4f    %7.4f   %7.4f"
            .formatted(t, mean, Math.sqrt(alphaBar), variance, 1 - alphaBar));
  }
}
