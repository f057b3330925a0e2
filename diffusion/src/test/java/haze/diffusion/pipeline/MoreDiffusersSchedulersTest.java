package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Network;
import haze.diffusion.sampler.Sampler;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The samplers of `golden/schedulers-more` beside recorded runs of diffusers' schedulers, step by
/// step, with the same noise and a linear function in the network's place, see its ORIGIN.md.
class MoreDiffusersSchedulersTest {
  /// Relative to the largest element, as in [DiffusersSchedulersTest].
  private static final double ROUNDING = 2e-5;

  /// Where sigma is 4096 or 20291, as there.
  private static final double CANCELLATION = 3e-4;

  /// Where levels are chosen for themselves: powers and logarithms are of float32 there.
  private static final double CHOSEN = 1e-4;

  private static final double STEEP = 1000;
  private static final Map<String, Tensor> INPUTS = GoldenFiles.tensors("schedulers-more/inputs");

  record Case(SamplerKind kind, Map<?, ?> json) {
    String name() {
      return (String) json.get("name");
    }

    @Override
    public String toString() {
      return kind + " " + name();
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    Stream.of(SamplerKind.values())
        .filter(kind -> kind.ordinal() > SamplerKind.HEUN.ordinal() && !kind.isFlow())
        .forEach(
            kind -> {
              Map<String, Object> file = GoldenFiles.json("schedulers-more/" + kind.className());
              for (Object json : (List<?>) file.get("cases")) {
                cases.add(new Case(kind, (Map<?, ?>) json));
              }
            });
    assertEquals(115, cases.size());
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyStepIsThatOfDiffusers(Case recorded) {
    Map<String, Tensor> golden =
        GoldenFiles.tensors("schedulers-more/" + recorded.kind().className());
    Tensor expected = golden.get(recorded.name() + "/prev_sample");
    Tensor timesteps = golden.get(recorded.name() + "/timesteps");
    int[] draws = GoldenFiles.integers(recorded.json().get("noise_draws"));
    int[] nonfinite = GoldenFiles.integers(recorded.json().get("nonfinite_steps"));
    boolean fullStrength = recorded.json().get("scales_model_input") == Boolean.TRUE;
    SchedulerConfig config = config(recorded);
    Sampler sampler = config.sampler((int) recorded.json().get("num_inference_steps"));
    boolean chosen = recorded.name().contains("_sigmas");
    // Where they are cut to whole ones after the rounding of float32, they may be one lower.
    boolean cut =
        chosen && !recorded.name().contains("karras") && recorded.kind() == SamplerKind.UNI_PC;
    StandIn network = new StandIn(timesteps, recorded.toString(), cut ? 1 : 1e-2);
    Denoiser denoiser = config.denoiser(network);
    Tensor start = GoldenFiles.images(INPUTS.get("sample"));
    var state = Sampler.State.start(start.times((float) sampler.schedule().initialNoise()));
    double tolerance =
        sampler.schedule().level(0).sigma() > STEEP ? CANCELLATION : chosen ? CHOSEN : ROUNDING;
    for (int i = 0; i < sampler.schedule().steps(); i++) {
      int before = IntStream.of(draws).limit(network.calls).sum();
      state =
          sampler.step(
              i,
              state,
              denoiser,
              draw -> GoldenFiles.images(INPUTS.get("noise").at(before + draw)));
      int call = network.calls - 1;
      if (IntStream.of(nonfinite).anyMatch(step -> step == call)) {
        for (float x : state.xt().toArray()) {
          assertTrue(Float.isFinite(x), recorded + " step " + i);
        }
        continue;
      }
      NoiseLevel to = sampler.schedule().level(i + 1);
      Tensor x = fullStrength ? state.xt().times((float) (1 / to.signal())) : state.xt();
      float size = 1;
      for (float element : expected.at(call).toArray()) {
        size = Math.max(size, Math.abs(element));
      }
      assertArrayEquals(
          expected.at(call).toArray(),
          x.toArray(),
          (float) (tolerance * size),
          recorded + " step " + i);
    }
    assertEquals((int) recorded.json().get("model_calls"), network.calls);
  }

  private static SchedulerConfig config(Case recorded) {
    SchedulerConfig config = SchedulerConfig.of(recorded.kind());
    for (var option : ((Map<?, ?>) recorded.json().get("config")).entrySet()) {
      config = PipelineGolden.with(config, (String) option.getKey(), option.getValue());
    }
    return config;
  }

  /// `map x + bias[k]` in the k-th call, in float32; checks the timesteps on the way.
  private static final class StandIn implements Network {
    private final Tensor timesteps;
    private final String name;
    private final double timestepTolerance;
    private int calls;

    StandIn(Tensor timesteps, String name, double timestepTolerance) {
      this.timesteps = timesteps;
      this.name = name;
      this.timestepTolerance = timestepTolerance;
    }

    @Override
    public Tensor predict(Tensor xt, double timestep) {
      assertEquals(timesteps.get(calls), timestep, timestepTolerance, name + " call " + calls);
      float[] map = INPUTS.get("map").toArray();
      Tensor bias = INPUTS.get("bias").at(calls % 20);
      Tensor output = Tensor.zeros(xt.shape().dims());
      int size = bias.size();
      for (int n = 0; n < xt.dim(0); n++) {
        float[] x = xt.at(n).toArray();
        for (int i = 0; i < size; i++) {
          double sum = bias.get(i);
          for (int j = 0; j < size; j++) {
            sum += (double) map[i * size + j] * x[j];
          }
          output.data()[output.offset() + n * size + i] = (float) sum;
        }
      }
      calls++;
      return output;
    }
  }
}
