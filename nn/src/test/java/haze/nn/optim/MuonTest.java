package haze.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.Activation;
import haze.nn.Conv2d;
import haze.nn.GoldenFiles;
import haze.nn.GroupNormLayer;
import haze.nn.Linear;
import haze.nn.Module;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Allocator;
import haze.tensor.Convolution;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MuonTest {
  private static final Convolution SAME = Convolution.of(1, 1);

  /// A matrix, a kernel, a kernel with few rows, and vectors before, between and behind them.
  private static final class Network extends Module {
    Network() {
      register("first", new Conv2d(1, 32, 3, SAME));
      register("norm", new GroupNormLayer(32, 8, 1e-6, Activation.SILU));
      register("kernel", new Conv2d(32, 16, 3, SAME));
      register("linear", new Linear(16, 40));
    }
  }

  private static ParameterVector parameters() {
    var parameters = new ParameterVector(new Network());
    parameters.initialize(3, 1, false);
    return parameters;
  }

  private static float[] gradient(int step, int size) {
    return new Rng(7, 1, step, 0).normal(Tensor.zeros(size)).toArray();
  }

  /// `torch.optim.Muon` has 8 bits of mantissa on the way to the orthogonal matrix, so its steps
  /// are other by some per cent; momentum, factor and weight decay are not.
  @ParameterizedTest
  @ValueSource(strings = {"linear", "wide", "kernel"})
  void stepsAreThoseOfPyTorch(String name) throws IOException {
    try (SafetensorsFile golden =
        SafetensorsFile.open(GoldenFiles.path("layers/muon.safetensors"))) {
      var parameters = new ParameterVector(layer(name));
      Parameter weight = parameters.parameters().get("weight");
      weight.fromPyTorch(golden.tensor(name + "/start"));
      var slot = new ParameterVector(layer(name));
      Muon muon = new Muon(parameters, 0.1);
      for (int step = 1; step <= 5; step++) {
        slot.parameters().get("weight").fromPyTorch(golden.tensor(name + "/gradient" + (step - 1)));
        float[] before = weight.toPyTorch().toArray();
        muon.update(parameters.values(), slot.values(), 0.02, step);
        Tensor expected = golden.tensor(name + "/step" + (step - 1));
        double moved = distance(expected.toArray(), before);
        assertEquals(0, distance(expected.toArray(), weight.toPyTorch().toArray()) / moved, 0.03);
        // Errors do not add up.
        weight.fromPyTorch(expected);
      }
    }
  }

  private static Module layer(String name) {
    return switch (name) {
      case "linear" -> new Linear(40, 24);
      case "wide" -> new Linear(24, 40);
      case "kernel" -> new Conv2d(16, 32, 3, SAME);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  @Property(tries = 60)
  void theIterationIsThatOfItsFormula(
      @ForAll @IntRange(min = 1, max = 70) int rows,
      @ForAll @IntRange(min = 1, max = 70) int columns,
      @ForAll long seed) {
    Tensor x = new Rng(seed, 1, 2, 3).normal(Tensor.zeros(rows, columns));
    Tensor o = Muon.orthogonal(Allocator.HEAP, x);
    double[][] expected = naive(x);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        assertEquals(expected[i][j], o.at(i).toArray()[j], 2e-5);
      }
    }
  }

  /// `X = a X + b X X^T X + c X X^T X X^T X` in double precision.
  private static double[][] naive(Tensor tensor) {
    double[][] x = new double[tensor.dim(0)][tensor.dim(1)];
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[i].length; j++) {
        x[i][j] = tensor.at(i).toArray()[j];
        squares += x[i][j] * x[i][j];
      }
    }
    for (double[] row : x) {
      for (int j = 0; j < row.length; j++) {
        row[j] /= Math.sqrt(squares);
      }
    }
    for (int k = 0; k < 5; k++) {
      double[][] cube = times(x, transposed(x), x);
      double[][] fifth = times(cube, transposed(x), x);
      for (int i = 0; i < x.length; i++) {
        for (int j = 0; j < x[i].length; j++) {
          x[i][j] = 3.4445 * x[i][j] - 4.7750 * cube[i][j] + 2.0315 * fifth[i][j];
        }
      }
    }
    return x;
  }

  private static double[][] transposed(double[][] x) {
    double[][] y = new double[x[0].length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        y[j][i] = x[i][j];
      }
    }
    return y;
  }

  private static double[][] times(double[][] a, double[][] b, double[][] c) {
    return times(times(a, b), c);
  }

  private static double[][] times(double[][] a, double[][] b) {
    double[][] y = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < b[0].length; j++) {
          y[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return y;
  }

  /// Of a matrix with known singular vectors and singular values the result has the vectors, and
  /// values near 1: here the two columns of a rotation, one ten times as long as the other.
  @Test
  void singularValuesComeNearOne() {
    double c = Math.cos(0.4);
    double s = Math.sin(0.4);
    Tensor x = Tensor.of(Shape.of(2, 2), (float) (10 * c), (float) -s, (float) (10 * s), (float) c);
    float[] o = Muon.orthogonal(Allocator.HEAP, x).toArray();
    double first = Math.hypot(o[0], o[2]);
    double second = Math.hypot(o[1], o[3]);
    assertTrue(first > 0.65 && first < 1.25, "first " + first);
    assertTrue(second > 0.65 && second < 1.25, "second " + second);
    assertEquals(0.4, Math.atan2(o[2], o[0]), 1e-5);
    assertEquals(0.4, Math.atan2(-o[1], o[3]), 1e-5);
  }

  @Test
  void matricesMoveByItAndAllElseByAdam() {
    ParameterVector parameters = parameters();
    float[] values = parameters.values().clone();
    float[] adam = parameters.values().clone();
    float[] gradient = gradient(1, values.length);
    new Muon(parameters).update(values, gradient, 0.01, 1);
    new Adam(values.length).update(adam, gradient, 0.01, 1);
    parameters
        .parameters()
        .forEach(
            (name, parameter) -> {
              int from = parameter.value().offset();
              int past = from + parameter.value().size();
              boolean matrix = name.equals("kernel.weight") || name.equals("linear.weight");
              boolean asAdam =
                  Arrays.equals(
                      Arrays.copyOfRange(values, from, past), Arrays.copyOfRange(adam, from, past));
              assertEquals(!matrix, asAdam, name);
              if (matrix) {
                double squares = 0;
                for (int i = from; i < past; i++) {
                  double moved = values[i] - parameter.value().data()[i];
                  squares += moved * moved;
                }
                // About Adam's step, 0.2 of the rate.
                assertEquals(0.002, Math.sqrt(squares / (past - from)), 0.0005, name);
              }
            });
  }

  @Property(tries = 20)
  void neitherThreadsNorCutsChangeABit(
      @ForAll @IntRange(min = 1, max = 4) int threads,
      @ForAll @IntRange(max = 9) int cuts,
      @ForAll long seed) {
    ParameterVector parameters = parameters();
    int size = parameters.size();
    float[] whole = parameters.values().clone();
    float[] cut = whole.clone();
    Muon one = new Muon(parameters);
    Muon many = new Muon(parameters);
    var random = new Random(seed);
    try (Workers workers = new Workers(threads)) {
      for (int step = 1; step <= 3; step++) {
        float[] gradient = gradient(step, size);
        one.update(whole, gradient, 0.01, step);
        int between = random.nextInt(size + 1);
        many.updateMatrices(cut, gradient, 1, 0.01, step, 0, between, workers);
        many.updateMatrices(cut, gradient, 1, 0.01, step, between, size, workers);
        int from = 0;
        for (int end : random.ints(cuts, 0, size + 1).sorted().toArray()) {
          many.update(cut, gradient, 1, 0.01, step, from, end);
          from = end;
        }
        many.update(cut, gradient, 1, 0.01, step, from, size);
      }
    }
    assertArrayEquals(whole, cut);
    one.state().forEach((name, state) -> assertArrayEquals(state, many.state().get(name), name));
  }

  @Test
  void aGradientOfZerosMovesNothing() {
    ParameterVector parameters = parameters();
    float[] values = parameters.values().clone();
    new Muon(parameters).update(values, new float[values.length], 0.01, 1);
    assertArrayEquals(parameters.values(), values);
  }
}
