package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.MeanSquaredError;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.GoldenFiles;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.nn.Weights;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Layout;
import haze.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The network against what diffusers computes with the same weights.
class UNetGoldenTest {
  private static final double OUTPUT_TOLERANCE = 1e-5;
  private static final double GRADIENT_TOLERANCE = 1e-4;

  /// The key projection's bias has gradient 0 in exact arithmetic: only noise is stored.
  private static final String NO_GRADIENT = "to_k.bias";

  /// The U-Net of `golden/unet-tiny/config.json`.
  static final UNetConfig TINY =
      UNetConfig.builder(8, 1)
          .layers(1)
          .channels(8, 16)
          .attentionAt(1)
          .headChannels(8)
          .groups(4)
          .build();

  /// The U-Net of `golden/unet-tiny-ddpm/config.json`.
  static final UNetConfig TINY_DDPM =
      UNetConfig.builder(8, 3)
          .layers(2)
          .channels(8, 16)
          .attentionAt(1)
          .groups(4)
          .eps(1e-6)
          .ddpm()
          .build();

  @TempDir Path directory;

  @Test
  void outputAndGradientsAreThoseOfDiffusers() throws Exception {
    checkOutputAndGradients("unet-tiny", TINY);
  }

  @Test
  void outputAndGradientsWithDdpmsSwitchesAreThoseOfDiffusers() throws Exception {
    checkOutputAndGradients("unet-tiny-ddpm", TINY_DDPM);
  }

  @Test
  void oldNamesOfAttentionLayersAreUnderstood() throws Exception {
    UNet unet = load("unet-old-names", TINY);
    try (SafetensorsFile io = open("unet-old-names");
        Tape tape = Tape.off(new BufferPool())) {
      Variable output = unet.forward(tape, tape.constant(nhwc(io.tensor("sample"))), timesteps(io));
      assertClose("output", nhwc(io.tensor("output")), output.value(), OUTPUT_TOLERANCE);
      assertEquals(0, tape.length());
    }
  }

  @Test
  void aCheckpointIsByteForByteWhatDiffusersWrites() throws Exception {
    for (String name : List.of("unet-tiny", "unet-tiny-ddpm")) {
      Path golden = GoldenFiles.path(name + "/diffusion_pytorch_model.safetensors");
      // The golden file lacks the line of metadata that diffusers' own save_pretrained writes.
      Path expected = directory.resolve(name + "-expected.safetensors");
      try (SafetensorsFile file = SafetensorsFile.open(golden)) {
        Map<String, Tensor> tensors = new HashMap<>();
        for (String tensor : file.entries().keySet()) {
          tensors.put(tensor, file.tensor(tensor));
        }
        SafetensorsFile.write(expected, Map.of("format", "pt"), tensors);
      }
      Path written = directory.resolve(name + ".safetensors");
      Weights.save(load(name, name.equals("unet-tiny") ? TINY : TINY_DDPM).parameters(), written);
      assertEquals(-1, Files.mismatch(expected, written), name);
      UNet again = new UNet(name.equals("unet-tiny") ? TINY : TINY_DDPM);
      Weights.load(again.parameters(), written);
      Path rewritten = directory.resolve(name + "-again.safetensors");
      Weights.save(again.parameters(), rewritten);
      assertEquals(-1, Files.mismatch(written, rewritten), name);
    }
  }

  @Test
  void theReferenceNetworksHaveTheirNumberOfParameters() {
    UNetConfig r1 =
        UNetConfig.builder(28, 1)
            .layers(2)
            .channels(32, 64, 128)
            .attentionAt(2)
            .groups(8)
            .eps(1e-6)
            .build();
    UNetConfig r2 =
        UNetConfig.builder(32, 3)
            .layers(2)
            .channels(64, 128, 128)
            .attentionAt(2)
            .groups(8)
            .eps(1e-6)
            .build();
    assertEquals(3_939_393, new ParameterVector(new UNet(r1)).size());
    assertEquals(6_472_195, new ParameterVector(new UNet(r2)).size());
  }

  @Test
  void theSamplingPathGivesTheSameBitsAsTheTrainingPath() throws Exception {
    UNet unet = load("unet-tiny", TINY);
    BufferPool pool = new BufferPool();
    try (SafetensorsFile io = open("unet-tiny");
        Tape recording = Tape.recording(pool)) {
      Tensor sample = nhwc(io.tensor("sample"));
      Tensor trained =
          unet.forward(recording, recording.constant(sample), timesteps(io)).value().copy();
      for (int repeat = 0; repeat < 3; repeat++) {
        try (Tape off = Tape.off(pool)) {
          Tensor sampled = unet.forward(off, off.constant(sample), timesteps(io)).value();
          assertClose("output", trained, sampled, 0);
        }
      }
    }
  }

  private static void checkOutputAndGradients(String name, UNetConfig config) throws Exception {
    UNet unet = load(name, config);
    ParameterVector parameters = new ParameterVector(unet);
    float[] gradients = new float[parameters.size()];
    try (SafetensorsFile io = open(name);
        Tape tape = Tape.recording(new BufferPool())) {
      Tensor sample = nhwc(io.tensor("sample"));
      Tensor sampleGradient = Tensor.zeros(sample.shape().dims());
      parameters.watch(tape, gradients);
      Variable output = unet.forward(tape, tape.watch(sample, sampleGradient), timesteps(io));
      assertClose("output", nhwc(io.tensor("output")), output.value(), OUTPUT_TOLERANCE);
      Variable loss =
          MeanSquaredError.apply(tape, output, tape.constant(nhwc(io.tensor("target"))));
      assertEquals(io.tensor("loss").get(0), loss.value().item(), 1e-6);
      tape.backward(loss);
      assertClose("sample", nhwc(io.tensor("grad_sample")), sampleGradient, GRADIENT_TOLERANCE);
      for (Map.Entry<String, Parameter> entry : parameters.parameters().entrySet()) {
        Tensor value = entry.getValue().value();
        Tensor gradient = Tensor.wrap(value.shape(), gradients, value.offset()).copy();
        Tensor expected = io.tensor("grad." + entry.getKey());
        value.copyFrom(gradient);
        Tensor actual = entry.getValue().toPyTorch();
        if (entry.getKey().endsWith(NO_GRADIENT)) {
          assertClose(entry.getKey(), expected, actual, 1e-6, 1);
        } else {
          assertClose(entry.getKey(), expected, actual, GRADIENT_TOLERANCE);
        }
      }
    }
  }

  private static UNet load(String name, UNetConfig config) throws Exception {
    UNet unet = new UNet(config);
    Weights.load(
        unet.parameters(), GoldenFiles.path(name + "/diffusion_pytorch_model.safetensors"));
    return unet;
  }

  private static SafetensorsFile open(String name) throws Exception {
    return SafetensorsFile.open(GoldenFiles.path(name + "/io.safetensors"));
  }

  private static float[] timesteps(SafetensorsFile io) throws Exception {
    long[] stored = io.longs("timesteps");
    float[] timesteps = new float[stored.length];
    for (int i = 0; i < stored.length; i++) {
      timesteps[i] = stored[i];
    }
    return timesteps;
  }

  private static Tensor nhwc(Tensor nchw) {
    return Layout.permute(Allocator.HEAP, nchw, 0, 2, 3, 1);
  }

  private static void assertClose(String name, Tensor expected, Tensor actual, double tolerance) {
    double largest = 0;
    for (float x : expected.toArray()) {
      largest = Math.max(largest, Math.abs(x));
    }
    assertClose(name, expected, actual, tolerance, largest);
  }

  private static void assertClose(
      String name, Tensor expected, Tensor actual, double tolerance, double scale) {
    assertEquals(expected.shape(), actual.shape(), name);
    float[] e = expected.toArray();
    float[] a = actual.toArray();
    for (int i = 0; i < e.length; i++) {
      double difference = Math.abs(e[i] - a[i]);
      assertTrue(
          difference <= tolerance * scale,
          name
              + "["
              + i
              + "]: expected "
              + e[i]
              + ", got "
              + a[i]
              + ", off by "
              + difference / scale);
    }
  }
}
