package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFileException;
import haze.tensor.Convolution;
import haze.tensor.GroupNorm;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {
  /// One layer of each kind.
  private static final class Network extends Module {
    Network() {
      register("linear", new Linear(2, 3));
      register("conv", new Conv2d(2, 4, 3, Convolution.of(1, 1)));
      register("norm", new GroupNormLayer(4, new GroupNorm(2, 1e-5f, true)));
      register("embedding", new Embedding(3, 2));
    }
  }

  @TempDir Path directory;
  private Path path = Path.of("");

  @BeforeEach
  void place() {
    path = directory.resolve("network.safetensors");
  }

  @Test
  void aNetworkIsWrittenAndRead() throws IOException {
    Network network = LayerFixture.filled(new Network());
    Network other = new Network();
    // @start region="file"
    Weights.save(network.parameters(), path);
    Weights.load(other.parameters(), path);
    // @end
    assertArrayEquals(new ParameterVector(network).values(), new ParameterVector(other).values());
    try (var file = SafetensorsFile.open(path)) {
      assertEquals(Map.of("format", "pt"), file.metadata());
      assertEquals(other.parameters().keySet(), Map.copyOf(file.entries()).keySet());
      assertEquals(Shape.of(3, 2), file.tensor("linear.weight").shape(), "[out, in]");
      assertEquals(Shape.of(4, 2, 3, 3), file.tensor("conv.weight").shape(), "[out, in, kh, kw]");
      assertEquals(
          LayerFixture.value(network, "conv.weight").get(1, 2, 0, 3),
          file.tensor("conv.weight").get(3, 0, 1, 2));
    }
  }

  @Test
  void parametersOfAVectorAreReadInPlace() throws IOException {
    Weights.save(LayerFixture.filled(new Network()).parameters(), path);
    Network network = new Network();
    var parameters = new ParameterVector(network);
    Weights.load(network.parameters(), path);
    assertEquals(LayerFixture.value(network, "linear.weight").get(0, 0), parameters.values()[0]);
  }

  /// Writes the tensors of a network with one changed, removed (null) or added.
  private void write(String name, Tensor tensor) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    LayerFixture.filled(new Network())
        .parameters()
        .forEach((key, parameter) -> tensors.put(key, parameter.toPyTorch()));
    if (tensor.size() == 0) {
      tensors.remove(name);
    } else {
      tensors.put(name, tensor);
    }
    SafetensorsFile.write(path, Map.of(), tensors);
  }

  private void assertRefused(String message) {
    Network network = new Network();
    var parameters = new ParameterVector(network);
    parameters.initialize(1, 2, false);
    float[] before = parameters.values().clone();
    assertEquals(
        path + message,
        assertThrows(TensorFileException.class, () -> Weights.load(network.parameters(), path))
            .getMessage());
    assertArrayEquals(before, parameters.values());
  }

  @Test
  void aFileThatDoesNotFitIsRefusedAndChangesNothing() throws IOException {
    write("linear.bias", Tensor.zeros(0));
    assertRefused(": does not fit the network: missing linear.bias;");
    write("linear.other", Tensor.zeros(1));
    assertRefused(": does not fit the network: unknown linear.other;");
    // The last one: all others would have fitted.
    write("embedding.weight", Tensor.zeros(2, 3));
    assertRefused(": embedding.weight has shape [2, 3], expected [3, 2]");
    SafetensorsFile.write(path, Map.of(), Map.of("a", Tensor.zeros(1), "b", Tensor.zeros(1)));
    assertRefused(
        ": does not fit the network: missing conv.bias and 6 more; unknown a and 1 more;");
    SafetensorsFile.write(path, Map.of(), Map.of("a\u001b[2J", Tensor.zeros(1)));
    assertRefused(": does not fit the network: missing conv.bias and 6 more; unknown a?[2J;");
    SafetensorsFile.write(path, Map.of(), Map.of("a".repeat(9000), Tensor.zeros(1)));
    assertRefused(
        ": does not fit the network: missing conv.bias and 6 more; unknown \""
            + "a".repeat(100)
            + "...\";");
    Files.delete(path);
    assertRefused(": no such file");
  }
}
