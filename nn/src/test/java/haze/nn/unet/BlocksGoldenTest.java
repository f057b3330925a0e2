package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.GradientCheck;
import haze.autograd.Multiply;
import haze.autograd.Silu;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Upsample;
import haze.autograd.Variable;
import haze.nn.Conv2d;
import haze.nn.GoldenFiles;
import haze.nn.Linear;
import haze.nn.Module;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Convolution;
import haze.tensor.Layout;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/// The parts of the network against what diffusers computes, forward and backward.
class BlocksGoldenTest {
  private static final double TOLERANCE = 1e-5;

  @Test
  void aResidualBlockIsThatOfDiffusers() throws Exception {
    ResnetBlock block =
        new ResnetBlock(8, 12, config(OptionalInt.empty(), 1e-5), ResnetBlock.Variant.plain(4));
    check(
        "diffusers.ResnetBlock2D",
        block,
        List.of("input_tensor", "temb"),
        (tape, in) -> block.forward(pass(tape, in.get(1)), in.get(0)));
  }

  private static Pass pass(Tape tape, Variable time) {
    return new Pass(tape, time, Silu.apply(tape, time), null);
  }

  @Test
  void attentionOfTwoHeadsIsThatOfDiffusers() throws Exception {
    AttentionBlock block =
        new AttentionBlock(16, OptionalInt.of(4), 1, config(OptionalInt.of(8), 1e-5));
    check(
        "diffusers.Attention.heads2",
        block,
        List.of("hidden_states"),
        (tape, in) -> block.forward(pass(tape, in.getFirst()), in.getFirst()));
  }

  @Test
  void aResidualBlockWithoutShortcutIsThatOfDiffusers() throws Exception {
    ResnetBlock block =
        new ResnetBlock(
            8,
            8,
            config(OptionalInt.empty(), 1e-6),
            new ResnetBlock.Variant(4, 4, Resampling.NONE, false, Math.sqrt(2)));
    check(
        "diffusers.ResnetBlock2D.same",
        block,
        List.of("input_tensor", "temb"),
        (tape, in) -> block.forward(pass(tape, in.get(1)), in.get(0)));
  }

  @Test
  void attentionOfOneHeadIsThatOfDiffusers() throws Exception {
    AttentionBlock block =
        new AttentionBlock(16, OptionalInt.of(4), 2, config(OptionalInt.empty(), 1e-6));
    check(
        "diffusers.Attention.heads1.rescale",
        block,
        List.of("hidden_states"),
        (tape, in) -> block.forward(pass(tape, in.getFirst()), in.getFirst()));
  }

  @Test
  void changesOfResolutionAreThoseOfDiffusers() throws Exception {
    Resampler padded = new Resampler(Convolution.of(2, 1));
    check(
        "diffusers.Downsample2D.padding1",
        padded,
        List.of("hidden_states"),
        (tape, in) -> padded.conv.forward(tape, in.getFirst()));
    Resampler rightAndBelow = new Resampler(new Convolution(2, 0, 1, 0, 1));
    check(
        "diffusers.Downsample2D.padding0",
        rightAndBelow,
        List.of("hidden_states"),
        (tape, in) -> rightAndBelow.conv.forward(tape, in.getFirst()));
    Resampler up = new Resampler(Convolution.of(1, 1));
    check(
        "diffusers.Upsample2D",
        up,
        List.of("hidden_states"),
        (tape, in) -> up.conv.forward(tape, Upsample.apply(tape, in.getFirst())));
  }

  @Test
  void theLayersOfTheTimestepEmbeddingAreThoseOfDiffusers() throws Exception {
    EmbeddingLayers layers = new EmbeddingLayers();
    check(
        "diffusers.TimestepEmbedding",
        layers,
        List.of("sample"),
        (tape, in) ->
            layers.second.forward(
                tape, Silu.apply(tape, layers.first.forward(tape, in.getFirst()))));
  }

  private static final class Resampler extends Module {
    final Conv2d conv;

    Resampler(Convolution convolution) {
      conv = register("conv", new Conv2d(5, 5, 3, convolution));
    }
  }

  private static final class EmbeddingLayers extends Module {
    final Linear first = register("linear_1", new Linear(8, 32));
    final Linear second = register("linear_2", new Linear(32, 32));
  }

  @Test
  void waveTablesAreThoseOfDiffusers() throws Exception {
    try (SafetensorsFile file =
        SafetensorsFile.open(GoldenFiles.path("layers/timestep_embedding.safetensors"))) {
      float[] timesteps =
          file.entries().get("timesteps").dtype().name().equals("I64")
              ? floats(file.longs("timesteps"))
              : file.tensor("timesteps").toArray();
      int compared = 0;
      for (int width : new int[] {7, 8, 32, 128}) {
        for (int flip = 0; flip < 2; flip++) {
          for (int shift = 0; shift < 2; shift++) {
            String name = "dim" + width + ".flip" + flip + ".shift" + shift;
            Tensor sinusoids =
                TimeProjection.Positional.sinusoids(
                    Tensor.zeros(timesteps.length, width), timesteps, flip == 1, shift);
            // An angle near 1000 has an error of 3e-5 in float32.
            assertClose(name, file.tensor(name), sinusoids, 6.2e-5);
            compared++;
          }
        }
      }
      assertEquals(16, compared);
    }
  }

  @Test
  void theGradientsOfAWholeNetworkAreDifferencesOfItsValues() {
    UNet unet = new UNet(UNetGoldenTest.TINY);
    ParameterVector parameters = new ParameterVector(unet);
    parameters.initialize(1, 2, false);
    Tensor x = new Rng(3, 4, 5, 6).normal(Tensor.zeros(2, 8, 8, 1));
    List<Tensor> inputs = new ArrayList<>(List.of(x));
    for (String name :
        List.of(
            "conv_in.weight",
            "time_embedding.linear_1.weight",
            "down_blocks.0.resnets.0.conv1.weight",
            "down_blocks.1.attentions.0.to_q.weight",
            "mid_block.resnets.1.norm2.bias",
            "up_blocks.1.resnets.1.conv_shortcut.weight",
            "conv_out.bias")) {
      inputs.add(parameters.parameters().get(name).value());
    }
    GradientCheck.check(
        (tape, in) -> unet.forward(tape, in.getFirst(), new float[] {3, 700}),
        inputs.toArray(Tensor[]::new));
  }

  private static UNetConfig config(OptionalInt headDim, double eps) {
    UNetConfig.Builder builder =
        UNetConfig.builder(8, 1).layers(1).channels(16).attentionAt(0).groups(4).eps(eps);
    headDim.ifPresent(builder::headChannels);
    return builder.set(UNetSwitch.TIME_EMBEDDING_DIM, OptionalInt.of(20)).build();
  }

  private static float[] floats(long[] longs) {
    float[] floats = new float[longs.length];
    for (int i = 0; i < longs.length; i++) {
      floats[i] = longs[i];
    }
    return floats;
  }

  private static void check(
      String name,
      Module module,
      List<String> inputNames,
      BiFunction<Tape, List<Variable>, Variable> forward)
      throws Exception {
    try (SafetensorsFile file =
            SafetensorsFile.open(GoldenFiles.path("layers/layers.safetensors"));
        Tape tape = Tape.recording(new BufferPool())) {
      for (Map.Entry<String, Parameter> entry : module.parameters().entrySet()) {
        entry.getValue().fromPyTorch(file.tensor(name + "/" + entry.getKey()));
      }
      ParameterVector parameters = new ParameterVector(module);
      float[] gradients = new float[parameters.size()];
      parameters.watch(tape, gradients);
      List<Variable> inputs = new ArrayList<>();
      List<Tensor> inputGradients = new ArrayList<>();
      for (String input : inputNames) {
        Tensor value = channelsLast(file.tensor(name + "/" + input));
        inputGradients.add(Tensor.zeros(value.shape().dims()));
        inputs.add(tape.watch(value, inputGradients.getLast()));
      }
      Variable output = forward.apply(tape, inputs);
      assertRelative(name + "/output", channelsLast(file.tensor(name + "/output")), output.value());
      Tensor gradOutput = channelsLast(file.tensor(name + "/grad_output"));
      tape.backward(Sum.apply(tape, Multiply.apply(tape, output, tape.constant(gradOutput))));
      for (int i = 0; i < inputNames.size(); i++) {
        assertRelative(
            inputNames.get(i),
            channelsLast(file.tensor(name + "/grad." + inputNames.get(i))),
            inputGradients.get(i));
      }
      for (Map.Entry<String, Parameter> entry : module.parameters().entrySet()) {
        Tensor value = entry.getValue().value();
        value.copyFrom(Tensor.wrap(value.shape(), gradients, value.offset()));
        Tensor expected = file.tensor(name + "/grad." + entry.getKey());
        if (entry.getKey().equals("to_k.bias")) {
          // Zero in exact arithmetic: only noise is stored.
          assertClose(entry.getKey(), expected, entry.getValue().toPyTorch(), 1e-5);
        } else {
          assertRelative(entry.getKey(), expected, entry.getValue().toPyTorch());
        }
      }
    }
  }

  private static Tensor channelsLast(Tensor x) {
    return x.shape().rank() == 4 ? Layout.permute(Allocator.HEAP, x, 0, 2, 3, 1) : x;
  }

  private static void assertRelative(String name, Tensor expected, Tensor actual) {
    double largest = 0;
    for (float x : expected.toArray()) {
      largest = Math.max(largest, Math.abs(x));
    }
    assertClose(name, expected, actual, TOLERANCE * largest);
  }

  private static void assertClose(String name, Tensor expected, Tensor actual, double tolerance) {
    assertEquals(expected.shape(), actual.shape(), name);
    float[] e = expected.toArray();
    float[] a = actual.toArray();
    for (int i = 0; i < e.length; i++) {
      assertTrue(
          Math.abs(e[i] - a[i]) <= tolerance,
          name + "[" + i + "]: expected " + e[i] + ", got " + a[i]);
    }
  }
}
