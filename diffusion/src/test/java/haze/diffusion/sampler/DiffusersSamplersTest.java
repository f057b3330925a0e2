package haze.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.GoldenFiles;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.ReverseVariance;
import haze.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Runs samplers from noise to the end beside recorded runs of diffusers' schedulers, with the same
/// noise and simple functions in the network's place.
class DiffusersSamplersTest {
  private static final int DDPM_CASES = 86;
  private static final int DDIM_CASES = 64;

  /// Room for our own rounding: eight times the spacing of float32 numbers from 2 to 4.
  private static final double ROUNDING = 8 * 0x1p-22;
  /// For betas given to DDIM, and for the Laplace schedule, no float64 run was recorded. This bounds
  /// what was recorded for the linear schedule, whose end is like theirs, with the same options.
  private static final double FLOAT64_DIFFERENCE_IF_UNRECORDED = 3e-6;

  private final Map<String, Tensor> inputs = GoldenFiles.tensors("schedulers/inputs");
  private final Map<String, Tensor> betas = GoldenFiles.tensors("schedulers/betas");

  @Test
  void ancestralSamplingIsDiffusersDdpm() {
    assertEquals(DDPM_CASES, runAll("ddpm"));
  }

  @Test
  void ddimIsDiffusersDdim() {
    assertEquals(DDIM_CASES, runAll("ddim"));
  }

  private int runAll(String file) {
    Map<String, Tensor> golden = GoldenFiles.tensors("schedulers/" + file);
    int run = 0;
    for (Object element : (List<?>) GoldenFiles.json("schedulers/" + file).get("cases")) {
      Case recorded = new Case((Map<?, ?>) element);
      NoiseSchedule schedule = schedule(recorded);
      compare(recorded, schedule, file.equals("ddpm")
          ? ancestral(recorded, schedule)
          : ddim(recorded, schedule), golden);
      run++;
    }
    return run;
  }

  private void compare(Case recorded, NoiseSchedule schedule, Sampler sampler,
      Map<String, Tensor> golden) {
    Tensor previous = golden.get(recorded.name() + "/prev_sample");
    Tensor predicted = golden.get(recorded.name() + "/pred_original_sample");
    assertEquals(previous.dim(0), sampler.steps(), recorded.name());
    Tensor xt = GoldenFiles.images(inputs.get("sample"));
    double tolerance = recorded.float64Difference() + ROUNDING;
    for (int i = 0; i < sampler.steps(); i++) {
      int t = sampler.timestep(i);
      Tensor epsilon = recorded.model().predict(xt, Denoiser.timestep(t));
      Tensor noise = GoldenFiles.images(inputs.get("noise").at(i));
      Sampler.Step step = sampler.step(i, xt, epsilon, noise);
      xt = step.previous();
      String place = recorded.name() + " step " + i;
      assertArrayEquals(previous.at(i).toArray(), xt.toArray(), (float) tolerance, place);
      // An error of x_t is larger in x_0 by 1 / sqrt(alphaBar).
      assertArrayEquals(predicted.at(i).toArray(), step.x0().toArray(),
          (float) (tolerance / Math.sqrt(schedule.alphaBar(t))), place + " x0");
    }
  }

  private NoiseSchedule schedule(Case recorded) {
    int timesteps = ((Number) recorded.option("num_train_timesteps", 1000)).intValue();
    double start = (Double) recorded.option("beta_start", 1e-4);
    double end = (Double) recorded.option("beta_end", 0.02);
    String key = (String) recorded.json().get("betas");
    return switch (key.substring(0, key.indexOf('.'))) {
      case "linear" -> NoiseSchedule.linear(timesteps, start, end);
      case "scaled_linear" -> NoiseSchedule.scaledLinear(timesteps, start, end);
      case "squaredcos_cap_v2" -> NoiseSchedule.cosine(timesteps);
      default -> {
        float[] given = betas.get(key + "/betas").toArray();
        double[] exact = new double[given.length];
        for (int i = 0; i < given.length; i++) {
          exact[i] = given[i];
        }
        yield NoiseSchedule.ofBetas(exact);
      }
    };
  }

  private static Sampler ancestral(Case recorded, NoiseSchedule schedule) {
    // fixed_small_log is fixed_small by way of its logarithm.
    ReverseVariance variance = switch ((String) recorded.option("variance_type", "fixed_small")) {
      case "fixed_small", "fixed_small_log" -> ReverseVariance.FIXED_SMALL;
      case "fixed_large" -> ReverseVariance.FIXED_LARGE;
      default -> throw new IllegalArgumentException(recorded.name());
    };
    return new AncestralSampler(schedule, recorded.timesteps(schedule), variance, recorded.clip());
  }

  private static Sampler ddim(Case recorded, NoiseSchedule schedule) {
    return new DdimSampler(schedule, recorded.timesteps(schedule),
        new DdimSampler.Options((Double) recorded.json().get("eta"), recorded.clip(),
            (Boolean) recorded.option("set_alpha_to_one", true),
            recorded.json().containsKey("step_arguments")));
  }

  /// One recorded run: its name, model, options (`config`) and timesteps, counted from 0.
  private record Case(Map<?, ?> json) {
    String name() {
      return (String) json.get("name");
    }

    /// How far the recorded float32 run is from the same run in float64, at its worst step.
    double float64Difference() {
      return json.get("all_float64_max_abs_diff") instanceof Double difference
          ? difference
          : FLOAT64_DIFFERENCE_IF_UNRECORDED;
    }

    Object option(String key, Object otherwise) {
      Map<Object, Object> config = new HashMap<>((Map<?, ?>) json.get("config"));
      return config.getOrDefault(key, otherwise);
    }

    Clip clip() {
      return (Boolean) option("clip_sample", true)
          ? new Clip(((Number) option("clip_sample_range", 1)).floatValue())
          : Clip.NONE;
    }

    int[] timesteps(NoiseSchedule schedule) {
      int[] listed = GoldenFiles.integers(json.get("timesteps"));
      for (int i = 0; i < listed.length; i++) {
        listed[i]++;
      }
      if (json.containsKey("set_timesteps")) {
        return listed; // a list that no spacing gives
      }
      String spacing = (String) option("timestep_spacing", "leading");
      int[] spaced = TimestepSpacing.valueOf(spacing.toUpperCase(Locale.ROOT)).timesteps(
          schedule.timesteps(), listed.length, ((Number) option("steps_offset", 0)).intValue());
      assertArrayEquals(listed, spaced, name());
      return spaced;
    }

    /// The two functions that stood in the network's place, in float32 as there.
    Denoiser model() {
      if (json.get("model").equals("a")) {
        return (xt, timestep) -> elementwise(xt, (x, i) -> x * timestep / (timestep + 1));
      }
      return (xt, timestep) -> elementwise(xt, (x, i) -> {
        float pattern = ((i * 7) % 5 - 2) / 2f;
        return 0.5f * x - 0.4f * pattern * (timestep / 1000f);
      });
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
