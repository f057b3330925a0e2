package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.MeanSquaredError;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.nn.Weights;
import haze.nn.safetensors.DType;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Layout;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Networks with the rarer switches of diffusers' `UNet2DModel`, against what diffusers computes
/// with the same weights; `golden/unet-switches/ORIGIN.md` says how they were made.
class UNetSwitchesTest {
  private static final double OUTPUT_TOLERANCE = 1e-5;
  private static final double GRADIENT_TOLERANCE = 1e-4;

  /// The key projection's bias has gradient 0 in exact arithmetic: only noise is stored.
  private static final String NO_GRADIENT = "to_k.bias";

  private static Path directory() {
    return PipelineGolden.path("../unet-switches");
  }

  static Stream<String> networks() throws IOException {
    try (Stream<Path> entries = Files.list(directory())) {
      return entries
          .filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList()
          .stream();
    }
  }

  @Test
  void thereAreTwenty() throws IOException {
    assertEquals(20, networks().count());
  }

  @ParameterizedTest
  @MethodSource("networks")
  void itsConfigurationIsWrittenAgainByteForByte(String name) throws IOException {
    Path file = directory().resolve(name + "/config.json");
    assertEquals(
        Files.readString(file), UNetConfigFile.write(UNetConfigFile.read(file)).toString());
  }

  @ParameterizedTest
  @MethodSource("networks")
  void outputAndGradientsAreThoseOfDiffusers(String name) throws IOException {
    Path network = directory().resolve(name);
    UNetConfig config = UNetConfigFile.read(network.resolve("config.json"));
    UNet unet = new UNet(config);
    Weights.load(unet.parameters(), network.resolve("diffusion_pytorch_model.safetensors"));
    ParameterVector parameters = new ParameterVector(unet);
    float[] gradient = new float[parameters.size()];
    try (SafetensorsFile io = SafetensorsFile.open(network.resolve("io.safetensors"));
        Tape tape = Tape.recording(new BufferPool())) {
      parameters.watch(tape, gradient);
      Tensor sample = nhwc(io.tensor("sample"));
      Tensor sampleGradient = Tensor.zeros(sample.shape().dims());
      Variable x = tape.watch(sample, sampleGradient);
      Variable output = forward(unet, tape, x, io);
      assertClose("output", nhwc(io.tensor("output")), output.value(), OUTPUT_TOLERANCE);
      Variable loss =
          MeanSquaredError.apply(tape, output, tape.constant(nhwc(io.tensor("target"))));
      assertEquals(io.tensor("loss").get(0), loss.value().toArray()[0], 1e-6);
      tape.backward(loss);
      assertClose(
          "grad_sample", nhwc(io.tensor("grad_sample")), sampleGradient, GRADIENT_TOLERANCE);
      for (Map.Entry<String, Parameter> entry : parameters.parameters().entrySet()) {
        String parameter = entry.getKey();
        Tensor value = entry.getValue().value();
        if (!io.entries().containsKey("grad." + parameter)) {
          assertEquals("time_proj.weight", parameter);
          assertEquals(
              UNetSwitch.TimeEmbeddingType.FOURIER, config.get(UNetSwitch.TIME_EMBEDDING_TYPE));
          continue;
        }
        if (!parameter.endsWith(NO_GRADIENT)) {
          Tensor expected = io.tensor("grad." + parameter);
          entry.getValue().fromPyTorch(expected);
          Tensor own = Tensor.wrap(value.shape(), gradient, value.offset());
          assertClose(parameter, value, own, GRADIENT_TOLERANCE);
        }
      }
    }
  }

  private static Variable forward(UNet unet, Tape tape, Variable x, SafetensorsFile io)
      throws IOException {
    float[] timesteps = new float[x.value().dim(0)];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = io.longs("timesteps")[i];
    }
    if (!io.entries().containsKey("class_labels")) {
      return unet.forward(tape, x, timesteps);
    }
    if (io.entries().get("class_labels").dtype() == DType.F32) {
      return unet.forward(tape, x, timesteps, tape.constant(io.tensor("class_labels")));
    }
    int[] labels = new int[timesteps.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (int) io.longs("class_labels")[i];
    }
    return unet.forward(tape, x, timesteps, labels);
  }

  private static Tensor nhwc(Tensor nchw) {
    return Layout.permute(Allocator.HEAP, nchw, 0, 2, 3, 1);
  }

  /// Relative to the largest element.
  private static void assertClose(String name, Tensor expected, Tensor actual, double tolerance) {
    assertEquals(expected.shape(), actual.shape(), name);
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.size(); i++) {
      float e = expected.data()[expected.offset() + i];
      largest = Math.max(largest, Math.abs(e));
      difference = Math.max(difference, Math.abs(e - actual.data()[actual.offset() + i]));
    }
    assertTrue(
        difference <= tolerance * largest, name + ": off by " + difference + " of " + largest);
  }
}
