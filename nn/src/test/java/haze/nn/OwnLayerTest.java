package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.autograd.Add;
import haze.autograd.Divide;
import haze.autograd.GradientCheck;
import haze.autograd.Mean;
import haze.autograd.Multiply;
import haze.autograd.Sqrt;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A layer of one's own, as the README writes it, is a layer like those of the package.
class OwnLayerTest {

  // @start region="layer"
  /// RMS normalisation over the channels, `y = gain x / sqrt(mean(x^2) + eps)` (Zhang and Sennrich
  /// 2019).
  static final class RmsNorm extends Module {
    private static final Tensor EPS = Tensor.scalar(1e-6f);

    private final Parameter gain;

    RmsNorm(int channels) {
      gain = register("gain", Parameter.constant(1, channels));
    }

    Variable forward(Tape tape, Variable x) {
      Variable square = Mean.apply(tape, Multiply.apply(tape, x, x), -1);
      Variable root = Sqrt.apply(tape, Add.apply(tape, square, tape.constant(EPS)));
      Variable normalized = Divide.apply(tape, x, root);
      return Multiply.apply(tape, normalized, tape.leaf(gain.value()));
    }
  }

  // @end

  // @start region="network"
  /// Two layers, one of them one's own.
  static final class Network extends Module {
    private final Linear in;
    private final RmsNorm norm;

    Network(int channels) {
      in = register("in", new Linear(channels, channels));
      norm = register("norm", new RmsNorm(channels));
    }

    Variable forward(Tape tape, Variable x) {
      return norm.forward(tape, in.forward(tape, x));
    }
  }

  // @end

  @TempDir Path directory;

  @Test
  void theOutputHasTheMeanSquareOfTheGain() {
    RmsNorm layer = new RmsNorm(4);
    new ParameterVector(layer).initialize(1, 2, true);
    Tensor y = LayerFixture.output(layer::forward, Tensor.of(Shape.of(1, 4), 1, -2, 3, -4));
    double root = Math.sqrt(30 / 4.0);
    assertArrayEquals(
        new float[] {
          (float) (1 / root), (float) (-2 / root), (float) (3 / root), (float) (-4 / root)
        },
        y.toArray(),
        1e-6f);
  }

  @Test
  void inputAndParametersGetTheirGradients() {
    Network network = LayerFixture.filled(new Network(4));
    // @start region="check"
    Tensor[] inputs = {
      LayerFixture.normal(1, 5, 4),
      network.parameters().get("in.weight").value(),
      network.parameters().get("in.bias").value(),
      network.parameters().get("norm.gain").value()
    };
    GradientCheck.check((tape, v) -> network.forward(tape, v.getFirst()), inputs);
    // @end
  }

  @Test
  void itIsNamedInitializedSavedAndLoaded() throws Exception {
    Network network = new Network(3);
    var parameters = new ParameterVector(network);
    parameters.initialize(1, 2, false);
    assertEquals(
        List.of("in.weight", "in.bias", "norm.gain"), List.copyOf(network.parameters().keySet()));
    assertArrayEquals(
        new float[] {1, 1, 1}, network.parameters().get("norm.gain").value().toArray());
    Path file = directory.resolve("network.safetensors");
    Weights.save(LayerFixture.filled(network).parameters(), file);
    Network copy = new Network(3);
    Weights.load(copy.parameters(), file);
    assertArrayEquals(parameters.values(), new ParameterVector(copy).values());
  }
}
