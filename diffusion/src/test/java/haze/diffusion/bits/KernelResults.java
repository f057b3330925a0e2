package haze.diffusion.bits;

import static haze.tensor.Allocator.HEAP;

import haze.nn.Linear;
import haze.nn.ParameterVector;
import haze.nn.optim.Adam;
import haze.nn.optim.AdamW;
import haze.nn.optim.Ema;
import haze.nn.optim.EmaDecay;
import haze.nn.optim.GradientClip;
import haze.nn.optim.Muon;
import haze.nn.optim.Optimizer;
import haze.nn.optim.Sgd;
import haze.tensor.Attention;
import haze.tensor.Convolution;
import haze.tensor.Dropout;
import haze.tensor.Elementwise;
import haze.tensor.FirFilter;
import haze.tensor.GroupNorm;
import haze.tensor.MatMul;
import haze.tensor.Nonlinearity;
import haze.tensor.Reduce;
import haze.tensor.Resize;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/// Every kernel over sizes around the lengths of vectors: all channel counts to 40, odd numbers of
/// pixels, rows and columns, and the sizes that choose another kernel.
final class KernelResults {
  private final List<Result> results = new ArrayList<>();

  private KernelResults() {}

  static List<Result> all() {
    var all = new KernelResults();
    all.products();
    all.convolutions();
    all.norms();
    all.rows();
    all.attention();
    all.elements();
    all.random();
    all.optimizers();
    return List.copyOf(all.results);
  }

  private void add(String operation, String size, java.util.function.Supplier<Tensor> values) {
    results.add(Result.of(operation, size, values));
  }

  /// Normal numbers, others for each argument of an operation.
  private static Tensor normal(int argument, int... dims) {
    return new Rng(17, 0, 0, argument).normal(Tensor.zeros(dims));
  }

  private void products() {
    int[] rows = {1, 2, 3, 5, 7, 8, 13, 24, 31, 33, 50};
    int[] terms = {1, 3, 16, 17, 40, 63, 129, 1100};
    for (int n = 1; n <= 80; n += n < 40 ? 1 : 13) {
      int m = rows[n % rows.length];
      int k = terms[n % terms.length];
      product(m, n, k, n % 3 == 1, n % 3 == 2);
    }
    for (boolean transposeA : new boolean[] {false, true}) {
      product(200, 70, 60, transposeA, false);
      product(30, 530, 20, transposeA, true);
    }
  }

  private void product(int m, int n, int k, boolean transposeA, boolean transposeB) {
    String kind = (transposeA ? "A^T " : "A ") + (transposeB ? "B^T" : "B");
    add(
        "matrix product " + kind + " added to C",
        "m " + m + " n " + n + " k " + k,
        () -> {
          Tensor c = normal(2, m, n);
          Tensor a = transposeA ? normal(0, k, m) : normal(0, m, k);
          Tensor b = transposeB ? normal(1, n, k) : normal(1, k, n);
          MatMul.multiplyInto(HEAP, a, transposeA, b, transposeB, c, true);
          return c;
        });
  }

  private void convolutions() {
    for (int c = 1; c <= 40; c++) {
      int other = c * 11 % 40 + 1;
      int side = 1 + 2 * (c % 5);
      convolution(Convolution.of(1, 1), 2, side, 8 - c % 5, c, 3, other);
      switch (c % 4) {
        case 0 -> convolution(Convolution.of(1, 0), 3, side, 3, c, 1, other);
        case 1 -> convolution(Convolution.of(2, 1), 3, side + 2, 6, c, 3, other);
        case 2 -> convolution(new Convolution(2, 0, 1, 0, 1), 2, 8, 8, c, 3, other);
        default -> convolution(Convolution.of(1, 2), 2, 5, side, c, 5, other);
      }
    }
    // To few channels: a network's last layer. From few: its first.
    for (int few = 1; few <= 5; few++) {
      for (int many = 16; many <= 48; many += 16) {
        convolution(Convolution.of(1, 1), 2, 5, 6 + few, many, 3, few);
        convolution(Convolution.of(1, 1), 2, 3, 4 + few, few, 3, many);
      }
    }
    // Winograd: tiles of four and of three pixels, several panels of channels and blocks of tiles.
    int[] channels = {16, 32, 48, 64, 80};
    for (int side = 1; side <= 14; side++) {
      int cin = channels[side % 5];
      int cout = channels[side * 3 % 5];
      convolution(Convolution.of(1, 1), side < 9 ? 5 : 2, side, side, cin, 3, cout);
    }
    convolution(Convolution.of(1, 1), 3, 28, 28, 16, 3, 16);
    convolution(Convolution.of(1, 1), 1, 7, 7, 128, 3, 144);
  }

  private void convolution(Convolution convolution, int n, int h, int w, int cin, int k, int cout) {
    String kind = k + "x" + k + " convolution, stride " + convolution.stride();
    String size = "images " + Shape.of(n, h, w, cin) + " to " + cout + " channels";
    int oh = (h + convolution.top() + convolution.bottom() - k) / convolution.stride() + 1;
    int ow = (w + convolution.left() + convolution.right() - k) / convolution.stride() + 1;
    int[] y = {n, oh, ow, cout};
    add(
        kind,
        size,
        () ->
            convolution.forward(
                HEAP,
                normal(0, n, h, w, cin),
                normal(1, k, k, cin, cout),
                normal(2, cout),
                normal(3, n, cout),
                normal(4, y)));
    add(
        kind + ", gradient of the images",
        size,
        () ->
            convolution.backwardData(
                HEAP, Shape.of(n, h, w, cin), normal(1, k, k, cin, cout), normal(4, y)));
    add(
        kind + ", gradient of the weight, added",
        size,
        () -> {
          Tensor dWeight = normal(5, k, k, cin, cout);
          convolution.backwardWeight(HEAP, normal(0, n, h, w, cin), normal(4, y), dWeight);
          return dWeight;
        });
  }

  private void norms() {
    for (int c = 1; c <= 40; c++) {
      int divisor = 2 + c % 3;
      norm(2, 5 + 2 * (c % 7), 5 + c % 4, c, c % divisor == 0 ? divisor : 1, c % 2 == 0);
    }
    norm(1, 28, 28, 8, 4, true);
    norm(1, 28, 28, 24, 8, true);
    norm(1, 14, 14, 64, 8, true);
    norm(2, 3, 3, 300, 10, false);
  }

  private void norm(int n, int h, int w, int c, int groups, boolean silu) {
    var norm = new GroupNorm(groups, 1e-5f, silu);
    String kind = silu ? "group norm and SiLU" : "group norm";
    String size = "images " + Shape.of(n, h, w, c) + " in " + groups + " groups";
    add(
        kind,
        size,
        () -> norm.forward(HEAP, normal(0, n, h, w, c), normal(1, c), normal(2, c)).y());
    add(
        kind + ", gradients of gamma, beta, x added to x",
        size,
        () -> {
          Tensor x = normal(0, n, h, w, c);
          Tensor dGamma = normal(3, c);
          Tensor dBeta = normal(4, c);
          Tensor dx = normal(5, n, h, w, c);
          GroupNorm.Result y = norm.forward(HEAP, x, normal(1, c), normal(2, c));
          norm.backwardInto(
              HEAP,
              x,
              normal(1, c),
              normal(2, c),
              y,
              normal(6, n, h, w, c),
              dGamma,
              dBeta,
              dx,
              true);
          return joined(dGamma, dBeta, dx);
        });
  }

  private static Tensor joined(Tensor... parts) {
    int size = 0;
    for (Tensor part : parts) {
      size += part.size();
    }
    Tensor all = Tensor.zeros(size);
    int at = 0;
    for (Tensor part : parts) {
      System.arraycopy(part.toArray(), 0, all.data(), all.offset() + at, part.size());
      at += part.size();
    }
    return all;
  }

  private void rows() {
    for (int n = 1; n <= 280; n += n < 50 ? 1 : 23) {
      int length = n;
      String size = "[3, " + n + "]";
      add("softmax", size, () -> Elementwise.softmax(HEAP, normal(0, 3, length)));
      add(
          "softmax, gradient",
          size,
          () ->
              Elementwise.softmaxBackward(
                  HEAP, Elementwise.softmax(HEAP, normal(0, 3, length)), normal(1, 3, length)));
    }
  }

  private void attention() {
    int[][] sizes = {
      {1, 8, 2}, {3, 12, 3}, {9, 16, 1}, {16, 20, 2}, {25, 10, 1}, {49, 64, 2}, {64, 24, 3}
    };
    for (int[] s : sizes) {
      String size = "[2, " + s[0] + ", " + s[1] + "], " + s[2] + " heads";
      int[] dims = {2, s[0], s[1]};
      add(
          "attention",
          size,
          () ->
              Attention.forward(HEAP, normal(0, dims), normal(1, dims), normal(2, dims), s[2]).y());
      add(
          "attention, gradients of q, k, v",
          size,
          () -> {
            Tensor q = normal(0, dims);
            Tensor k = normal(1, dims);
            Tensor v = normal(2, dims);
            Attention.Result y = Attention.forward(HEAP, q, k, v, s[2]);
            Attention.Gradients d =
                Attention.backward(HEAP, q, k, v, y.probabilities(), normal(3, dims));
            return joined(d.dq(), d.dk(), d.dv());
          });
    }
  }

  private void elements() {
    for (int n : new int[] {1, 7, 15, 17, 31, 33, 100}) {
      function("exp", n, x -> Elementwise.exp(HEAP, x));
      function("SiLU", n, x -> Elementwise.silu(HEAP, x));
      function("SiLU, gradient", n, x -> Elementwise.siluBackward(HEAP, x, normal(1, n)));
      function("sigmoid", n, x -> Elementwise.sigmoid(HEAP, x));
      function("tanh", n, x -> Elementwise.tanh(HEAP, x));
      function("log", n, x -> Elementwise.log(HEAP, x));
      function("GELU", n, x -> Nonlinearity.gelu(HEAP, x));
      function("GELU, gradient", n, x -> Nonlinearity.geluBackward(HEAP, x, normal(1, n)));
      function("Mish", n, x -> Nonlinearity.mish(HEAP, x));
      function("Mish, gradient", n, x -> Nonlinearity.mishBackward(HEAP, x, normal(1, n)));
      function("quotient", n, x -> Elementwise.divide(HEAP, x, normal(1, n)));
      function("weighted sum", n, x -> Elementwise.combine(HEAP, 0.3f, x, -1.7f, normal(1, n)));
      function("sum", n, x -> Reduce.sum(HEAP, x));
      function("mean", n, x -> Reduce.mean(HEAP, x));
    }
    for (int c : new int[] {1, 3, 15, 17, 24, 36}) {
      String size = "[2, 6, 10, " + c + "]";
      int[] dims = {2, 6, 10, c};
      add("sum over the pixels", size, () -> Reduce.sumPixels(HEAP, normal(0, dims)));
      add("sum over the channels", size, () -> Reduce.sum(HEAP, normal(0, dims), -1));
      add("sum over the rest", size, () -> Reduce.sum(HEAP, normal(0, dims), 0, 1, 2));
      add("sum of two by two", size, () -> Resize.sum2x2(HEAP, normal(0, dims), 0.25f));
      for (boolean doubles : new boolean[] {true, false}) {
        var filter = new FirFilter(doubles, FirFilter.Border.values()[0]);
        add(
            doubles ? "filter that doubles" : "filter that halves",
            size,
            () -> filter.forward(HEAP, normal(0, dims)));
      }
    }
  }

  private void function(String name, int n, UnaryOperator<Tensor> function) {
    add(name, "[" + n + "]", () -> function.apply(normal(0, n)));
  }

  private void random() {
    for (int n : new int[] {1, 5, 15, 16, 17, 35, 101}) {
      add("uniform numbers", "[" + n + "]", () -> new Rng(5, 1, 2, 3).uniform(Tensor.zeros(n)));
      add("normal numbers", "[" + n + "]", () -> new Rng(5, 1, 2, 3).normal(Tensor.zeros(n)));
      function("dropout", n, x -> new Dropout(0.3, new Rng(5, 1, 2, 3)).apply(HEAP, x));
    }
  }

  private void optimizers() {
    optimizer("Adam", Adam::new);
    optimizer("AdamW", AdamW::new);
    optimizer("SGD", Sgd::new);
    optimizer("SGD with momentum", n -> new Sgd(n, 0.9, 0.01, true));
    muon(40, 24);
    muon(24, 77);
    add(
        "moving average",
        "[77]",
        () -> {
          var ema = new Ema(normal(0, 77).toArray(), new EmaDecay.PowerFunction(6.94));
          ema.update(normal(1, 77).toArray(), 3, 0, 77);
          return Tensor.of(Shape.of(77), ema.average());
        });
    for (int n : new int[] {1, 100, 70_001}) {
      add(
          "norm of the gradient",
          "[" + n + "]",
          () -> Tensor.of(Shape.of(1), (float) GradientClip.norm(normal(0, n).toArray())));
    }
  }

  private void muon(int in, int out) {
    add(
        "Muon",
        "[" + in + ", " + out + "], 3 steps",
        () -> {
          var parameters = new ParameterVector(new Linear(in, out));
          parameters.initialize(5, 1, false);
          var optimizer = new Muon(parameters);
          for (int step = 1; step <= 3; step++) {
            float[] gradient = normal(step, parameters.size()).toArray();
            optimizer.update(parameters.values(), gradient, 1e-2, step);
          }
          return Tensor.of(Shape.of(parameters.size()), parameters.values());
        });
  }

  private void optimizer(String name, IntFunction<Optimizer> factory) {
    add(
        name,
        "[77], 3 steps",
        () -> {
          float[] weights = normal(0, 77).toArray();
          Optimizer optimizer = factory.apply(77);
          for (int step = 1; step <= 3; step++) {
            optimizer.update(weights, normal(step, 77).toArray(), 0.7f, 1e-2, step, 0, 77);
          }
          return Tensor.of(Shape.of(77), weights);
        });
  }
}
