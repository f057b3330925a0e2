package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.GoldenFiles;
import haze.diffusion.sampler.AncestralSampler;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Network;
import haze.diffusion.sampler.Sampler;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/// Runs samplers from noise to the end beside recorded runs of diffusers' schedulers, with the same
/// noise and simple functions in the network's place. Every recorded case is run, or refused.
class DiffusersSchedulersTest {
  /// Room for our own rounding where a float64 run was recorded: eight times the spacing of float32
  /// numbers from 2 to 4.
  private static final double ROUNDING = 8 * 0x1p-22;

  /// Where none was: relative to the largest element. The largest that was recorded, but for eta =
  /// 1, is 1.3e-5.
  private static final double FLOAT64_DIFFERENCE = 2e-5;

  /// Without signal at the end and with eta = 1 the direction's factor is `sqrt(1 - alphaBar_s -
  /// sigma^2) = 0`; float32 leaves rounding of 2^-23 under the root, and the noise it is multiplied
  /// with is up to 2.5.
  private static final double ROOT_OF_ROUNDING = 2.5 * 0x1p-11;

  /// Where sigma is 4096 or 20291, at the end without signal and of the cosine schedule, and
  /// epsilon is 0.999 x, `x - noise epsilon` cancels to a thousandth: rounding of 2^-24 becomes
  /// 6e-5, a few times.
  private static final double CANCELLATION = 3e-4;

  private static final double STEEP = 1000;
  private static final double LEAST_SIGNAL = 0.01;

  private final Map<String, Tensor> inputs = GoldenFiles.tensors("schedulers/inputs");
  private final Map<String, Tensor> betas = GoldenFiles.tensors("schedulers/betas");

  @Test
  void ancestralSamplingIsDiffusersDdpm() {
    runAll(
        "ddpm",
        SamplerKind.DDPM,
        597,
        Map.of(
            "extra.fixed_large_log",
                "variance_type is fixed_large_log, Haze supports fixed_small, "
                    + "fixed_small_log, fixed_large, learned_range",
            "extra.learned",
                "variance_type is learned, Haze supports fixed_small, fixed_small_log, "
                    + "fixed_large, learned_range"));
  }

  @Test
  void ddimIsDiffusersDdim() {
    runAll("ddim", SamplerKind.DDIM, 305, Map.of());
  }

  @Test
  void dpmSolverIsDiffusersMultistepDpmSolver() {
    runAll("dpmsolver", SamplerKind.DPM_SOLVER, 242, Map.of());
  }

  private void runAll(String file, SamplerKind kind, int supported, Map<String, String> refusals) {
    Map<String, Tensor> golden = GoldenFiles.tensors("schedulers/" + file);
    Map<String, String> refused = new TreeMap<>();
    int run = 0;
    for (Object element : (List<?>) GoldenFiles.json("schedulers/" + file).get("cases")) {
      Case recorded = new Case((Map<?, ?>) element);
      if (golden.containsKey(recorded.name() + "/prev_sample")) {
        SchedulerConfig config = config(recorded, kind);
        compare(recorded, sampler(recorded, config), config.denoiser(recorded.network()), golden);
        run++;
      } else {
        refused.put(
            recorded.name(),
            assertThrows(
                    IllegalArgumentException.class, () -> config(recorded, kind), recorded.name())
                .getMessage());
      }
    }
    assertEquals(supported, run);
    assertEquals(new TreeMap<>(refusals), refused);
  }

  private SchedulerConfig config(Case recorded, SamplerKind kind) {
    SchedulerConfig config = SchedulerConfig.of(kind);
    for (var option : recorded.config().entrySet()) {
      Object value = option.getValue();
      if (option.getKey().equals("trained_betas")) {
        value = list(betas.get(((String) value).substring("betas.safetensors: ".length())));
      }
      config = PipelineGolden.with(config, (String) option.getKey(), value);
    }
    if ((recorded.config().get("rescale_betas_zero_snr") == Boolean.TRUE)) {
      // In float32 the rescaled betas are off by up to 2e-3 of themselves, which has nothing to do
      // with sampling.
      config =
          config
              .withZeroTerminalSnr(false)
              .withTrainedBetas(list(betas.get(recorded.json().get("betas") + "/betas")));
    }
    return config;
  }

  private static List<Double> list(Tensor betas) {
    float[] data = betas.toArray();
    return DoubleStream.iterate(0, i -> i + 1)
        .limit(data.length)
        .map(i -> data[(int) i])
        .boxed()
        .toList();
  }

  private static Sampler sampler(Case recorded, SchedulerConfig config) {
    int[] timesteps = GoldenFiles.integers(recorded.json().get("timesteps"));
    double eta = recorded.eta();
    if (recorded.json().containsKey("set_timesteps")) { // a list that no spacing gives
      return new AncestralSampler(config.schedule(), fromOne(timesteps), config.variance());
    }
    if (recorded.json().containsKey("step_arguments")) {
      return DdimSampler.withStride(
          config.schedule(), fromOne(timesteps), new DdimSampler.Options(eta, true, true));
    }
    return config.sampler(timesteps.length, eta);
  }

  private static int[] fromOne(int[] timesteps) {
    return Arrays.stream(timesteps).map(t -> t + 1).toArray();
  }

  private void compare(
      Case recorded, Sampler sampler, Denoiser denoiser, Map<String, Tensor> golden) {
    Tensor previous = golden.get(recorded.name() + "/prev_sample");
    Tensor predicted = golden.get(recorded.name() + "/pred_original_sample");
    int[] timesteps = GoldenFiles.integers(recorded.json().get("timesteps"));
    double eta = recorded.eta();
    assertEquals(timesteps.length, sampler.schedule().steps(), recorded.name());
    var state = Sampler.State.start(GoldenFiles.images(inputs.get("sample")));
    for (int i = 0; i < timesteps.length; i++) {
      String place = recorded.name() + " step " + i;
      assertEquals(timesteps[i], sampler.schedule().timestep(i), place);
      int step = i;
      state =
          sampler.step(
              i, state, denoiser, draw -> GoldenFiles.images(inputs.get("noise").at(step)));
      double tolerance = tolerance(recorded, sampler, eta, previous.at(i));
      assertArrayEquals(previous.at(i).toArray(), state.xt().toArray(), (float) tolerance, place);
      if (predicted != null) {
        // An error of x_t is larger in x_0 by 1 / sqrt(alphaBar), unless that is so large that x_0
        // is clipped.
        double signal = Math.max(sampler.schedule().level(i).signal(), LEAST_SIGNAL);
        assertArrayEquals(
            predicted.at(i).toArray(),
            state.x0().toArray(),
            (float) (tolerance / signal),
            place + " x0");
      }
    }
  }

  private static double tolerance(Case recorded, Sampler sampler, double eta, Tensor expected) {
    if (recorded.json().get("all_float64_max_abs_diff") instanceof Double difference) {
      return difference + ROUNDING;
    }
    float size = 1;
    for (float x : expected.toArray()) {
      size = Math.max(size, Math.abs(x));
    }
    if (sampler.schedule().level(0).signal() == 0 && eta == 1) {
      return ROOT_OF_ROUNDING * size;
    }
    return size
        * (sampler.schedule().level(0).sigma() > STEEP && !(sampler instanceof DdimSampler)
            ? CANCELLATION
            : FLOAT64_DIFFERENCE);
  }

  /// One recorded run: its name, model, options (`config`) and timesteps, counted from 0.
  private record Case(Map<?, ?> json) {
    String name() {
      return (String) json.get("name");
    }

    double eta() {
      return json.get("eta") instanceof Double given ? given : 0;
    }

    Map<?, ?> config() {
      return (Map<?, ?>) json.get("config");
    }

    /// The two functions that stood in the network's place, in float32 as there.
    Network network() {
      Network mean =
          json.get("model").equals("a")
              ? (xt, t) -> elementwise(xt, (x, i) -> x * (float) t / ((float) t + 1))
              : (xt, t) ->
                  elementwise(
                      xt,
                      (x, i) -> {
                        float pattern = ((i * 7) % 5 - 2) / 2f;
                        return 0.5f * x - 0.4f * pattern * ((float) t / 1000f);
                      });
      boolean learned = "learned_range".equals(config().get("variance_type"));
      return learned ? (xt, t) -> withVariance(xt, mean.predict(xt, t)) : mean;
    }

    /// Beside the prediction, in a channel of its own.
    private static Tensor withVariance(Tensor xt, Tensor mean) {
      float[] both = new float[2 * xt.size()];
      for (int i = 0; i < xt.size(); i++) {
        float x = xt.toArray()[i];
        both[2 * i] = mean.toArray()[i];
        both[2 * i + 1] = 0.8f * x / (1 + Math.abs(x));
      }
      return Tensor.of(xt.shape().with(-1, 2), both);
    }

    private static Tensor elementwise(Tensor xt, Element f) {
      float[] out = xt.toArray();
      for (int i = 0; i < out.length; i++) {
        out[i] = f.of(out[i], i);
      }
      return Tensor.of(xt.shape(), out);
    }
  }

  private interface Element {
    float of(float x, int i);
  }
}
