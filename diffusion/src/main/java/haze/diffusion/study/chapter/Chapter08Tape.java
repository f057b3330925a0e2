package haze.diffusion.study.chapter;

import haze.autograd.Add;
import haze.autograd.ConvolutionOp;
import haze.autograd.Exp;
import haze.autograd.GradientCheck;
import haze.autograd.MeanSquaredError;
import haze.autograd.Multiply;
import haze.autograd.Operation;
import haze.autograd.Silu;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.pipeline.DigitsModel;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Convolution;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// # The tape
///
/// Training changes each parameter of a network a little in the direction in which the loss falls.
/// For that it needs the derivative of the loss with respect to every parameter, the **gradient**.
/// The model of this book has more than a million parameters; other networks have billions. This
/// chapter shows how all these derivatives come out of one pass backwards through the computation,
/// derives the one that matters most here, that of a convolution, and counts the memory.
///
/// The whole method fits in ten lines, for numbers instead of tensors. A `Scalar` is a value and
/// the place where the derivative of the result with respect to it is collected. Each operation
/// computes its value, and notes what is to be done backwards.
public final class Chapter08Tape implements Chapter {
  private static final class Scalar {
    final double value;
    double gradient;

    Scalar(double value) {
      this.value = value;
    }
  }

  private static final class SmallTape {
    private final List<Runnable> steps = new ArrayList<>();

    Scalar add(Scalar a, Scalar b) {
      Scalar y = new Scalar(a.value + b.value);
      steps.add(() -> a.gradient += y.gradient);
      steps.add(() -> b.gradient += y.gradient);
      return y;
    }

    Scalar multiply(Scalar a, Scalar b) {
      Scalar y = new Scalar(a.value * b.value);
      steps.add(() -> a.gradient += y.gradient * b.value);
      steps.add(() -> b.gradient += y.gradient * a.value);
      return y;
    }

    void backward(Scalar result) {
      result.gradient = 1;
      steps.reversed().forEach(Runnable::run);
    }
  }

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("tenLines", this::tenLines),
        new Section("whyBackwards", this::whyBackwards),
        new Section("transposed", this::transposed),
        new Section("lineOfPixels", this::lineOfPixels),
        new Section("images", this::images),
        new Section("differences", this::differences),
        new Section("gradientCheck", this::gradientCheck),
        new Section("whatIsKept", this::whatIsKept),
        new Section("memory", this::memory),
        new Section("questions", this::questions));
  }

  /// ## Ten lines
  ///
  /// Take $`f(a, b) = (a + b) \, a`$ at $`a = 3`$, $`b = 2`$. Forwards there are two operations:
  /// $`s = a + b = 5`$ and $`y = s \, a = 15`$. Backwards, each operation is given the derivative
  /// of the result with respect to **its output**, and passes on the derivative with respect to
  /// **its inputs**. That is the chain rule for one operation, and it needs nothing but that
  /// operation:
  ///
  /// | operation | passes on | here |
  /// |---|---|---|
  /// | $`y = s \, a`$ | $`dy \cdot a`$ to $`s`$, $`dy \cdot s`$ to $`a`$ | 1 · 3 to s, 1 · 5 to a |
  /// | $`s = a + b`$ | $`ds`$ to $`a`$, $`ds`$ to $`b`$ | 3 to a, 3 to b |
  ///
  /// Here $`dy`$ is short for the derivative of the result with respect to y; the code calls it the
  /// gradient of y. The number a was used twice, so it receives two contributions, and its
  /// derivative is their sum, 5 + 3 = 8. Someone who writes `=` where `+=` stands loses one of them
  /// and finds 3. Check by hand: $`f = a^2 + ab`$, so $`\partial f / \partial a = 2a + b = 8`$ and
  /// $`\partial f / \partial b = a = 3`$.
  ///
  /// Why must the tape be read from its end? The derivative with respect to $`s`$ has to be
  /// complete before it is passed on. Every operation that used $`s`$ ran later than the one that
  /// made it. So in reverse order they have all had their turn. No graph has to be sorted.
  ///
  /// Haze's [Tape] does the same with tensors. An operation such as [Multiply] is a record that
  /// keeps its inputs and its output; [Operation#backward] has its line of the table.
  public void tenLines(Page page) {
    SmallTape small = new SmallTape();
    Scalar three = new Scalar(3);
    Scalar two = new Scalar(2);
    Scalar result = small.multiply(small.add(three, two), three);
    small.backward(result);
    page.check("f(3, 2).", result.value, 15, Tolerance.DOUBLES);
    page.check("The derivative with respect to a.", three.gradient, 8, Tolerance.DOUBLES);
    page.check("With respect to b.", two.gradient, 3, Tolerance.DOUBLES);

    Tensor da = Tensor.zeros();
    Tensor db = Tensor.zeros();
    try (Tape tape = Tape.recording(new BufferPool())) {
      Variable a = tape.watch(Tensor.scalar(3), da);
      Variable b = tape.watch(Tensor.scalar(2), db);
      Variable y = Multiply.apply(tape, Add.apply(tape, a, b), a);
      page.check("Operations on Haze's tape.", tape.length(), 2, Tolerance.DOUBLES);
      tape.backward(y);
    }
    page.check("With respect to a, by Haze's tape.", da.item(), 8, Tolerance.FLOATS);
    page.check("With respect to b.", db.item(), 3, Tolerance.FLOATS);
  }

  /// ## Why backwards
  ///
  /// The chain rule is a product of matrices. If $`x \to h = g(x) \to k = m(h) \to L`$ and each
  /// arrow has its matrix of derivatives (its Jacobian), then
  ///
  /// ```math
  /// \frac{\partial L}{\partial x}
  ///     = \frac{\partial L}{\partial k} \, \frac{\partial k}{\partial h} \,
  ///       \frac{\partial h}{\partial x} .
  /// ```
  ///
  /// Let $`x`$, $`h`$ and $`k`$ have n numbers each. The loss is a single number, so the first
  /// factor is a row of n numbers. The product can be computed from either end, with the same
  /// result but not at the same price. From the left, every product is a row times a matrix,
  /// $`n^2`$ multiplications. From the right, the first one is a matrix times a matrix, $`n^3`$.
  /// From the left means from the loss back to the parameters: this is reverse mode, what a tape
  /// does. From the right is forward mode, the order in which the values are computed; it pays
  /// where there are few inputs and many outputs, the opposite of a loss.
  ///
  /// What does the whole gradient cost, compared with the loss alone? Behind a matrix product $`C =
  /// A B`$ stand two products of the same size, $`dA = dC \, B^\top`$ and $`dB = A^\top dC`$. So
  /// backward has about twice the work of forward, and both together three times that of forward
  /// alone, whatever the number of parameters. The time is some more, since backward also computes
  /// some values again. We measure it on the model of digits. Times scatter on a machine that does
  /// other work; but the question is only whether it is a few evaluations or, as without a tape,
  /// two million (last section), and so the statement is a rough one.
  public void whyBackwards(Page page) throws IOException {
    UNet unet = page.model().unet();
    ParameterVector parameters = new ParameterVector(unet);
    Batch batch = new Batch(page.count(4, 1));
    BufferPool pool = new BufferPool();
    double forward = Double.MAX_VALUE;
    double both = Double.MAX_VALUE;
    for (int run = 0; run < page.count(20, 2); run++) {
      forward = Math.min(forward, seconds(() -> step(unet, batch, null, pool)));
      both = Math.min(both, seconds(() -> step(unet, batch, parameters, pool)));
    }
    page.table(
        "The model of digits on a few images, one thread, the fastest run.",
        new Table("", "milliseconds")
            .row("forward", 1e3 * forward)
            .row("forward and backward", 1e3 * both));
    page.checkAtMost("The gradient costs so many times the loss.", both / forward, 100);
  }

  /// The loss of a batch, and its gradient if there are parameters to collect it for.
  private static void step(
      UNet unet, Batch batch, @Nullable ParameterVector parameters, BufferPool pool) {
    try (Tape tape = parameters == null ? Tape.off(pool) : Tape.recording(pool)) {
      if (parameters != null) {
        parameters.watch(tape, new float[parameters.size()]);
      }
      Variable output = batch.through(unet, tape);
      Variable loss = MeanSquaredError.apply(tape, output, tape.constant(batch.images));
      if (parameters != null) {
        tape.backward(loss);
      }
    }
  }

  /// Images for a network, all of the same timestep and class: noise, since here it does not matter
  /// what is on them.
  private static final class Batch {
    final Tensor images;

    Batch(int count) {
      images = new Rng(8, 0, 0, 0).normal(Tensor.zeros(count, 28, 28, 1));
    }

    Variable through(UNet unet, Tape tape) {
      float[] timesteps = new float[images.dim(0)];
      Arrays.fill(timesteps, 500);
      return unet.forward(tape, tape.constant(images), timesteps, new int[timesteps.length]);
    }
  }

  private static double seconds(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return 1e-9 * (System.nanoTime() - start);
  }

  /// ## Linear operations are transposed
  ///
  /// A convolution is a linear function of its images, and a linear function of its weights: there
  /// is a matrix $`M`$ with $`y = M x`$. The loss changes by $`dL = dy^\top \, M \, \delta x`$ if x
  /// changes by $`\delta x`$; so the gradient of x is
  ///
  /// ```math
  /// dx = M^\top dy .
  /// ```
  ///
  /// No derivative is left in this. Backward of a linear operation is the transposed operation, and
  /// there is a test for it that needs no derivative either: for any x and any dy,
  ///
  /// ```math
  /// dy \cdot (M x) = (M^\top dy) \cdot x .
  /// ```
  ///
  /// Both sides are one number. We draw x, w and dy at random and compare, for images of 16
  /// channels and a window of 3x3. Differences are shares of $`|dy| \, |y|`$, the most that either
  /// side can be.
  public void transposed(Page page) {
    Convolution convolution = Convolution.of(1, 1);
    Tensor x = page.rng().normal(Tensor.zeros(2, 7, 6, 16));
    Tensor w = page.rng().normal(Tensor.zeros(3, 3, 16, 32));
    Tensor dy = page.rng().normal(Tensor.zeros(2, 7, 6, 32));
    Tensor y = convolution.forward(Allocator.HEAP, x, w, Tensor.zeros(32));
    Tensor dx = convolution.backwardData(Allocator.HEAP, x.shape(), w, dy);
    Tensor dw = Tensor.zeros(w.shape().dims());
    convolution.backwardWeight(Allocator.HEAP, x, dy, dw);
    double size = Math.sqrt(dot(dy, dy) * dot(y, y));
    Tolerance rounding = new Tolerance(1e-6, "rounding of floats");
    page.check("x: both sides are equal.", (dot(dx, x) - dot(dy, y)) / size, 0, rounding);
    page.check("w: both sides are equal.", (dot(dw, w) - dot(dy, y)) / size, 0, rounding);
  }

  private static double dot(Tensor a, Tensor b) {
    double[] x = a.toDoubles();
    double[] y = b.toDoubles();
    return IntStream.range(0, x.length).mapToDouble(i -> x[i] * y[i]).sum();
  }

  /// ## The gradient of a convolution: a line of pixels
  ///
  /// What is the transposed convolution? Take one line of pixels, one channel, three weights, and a
  /// zero beyond each end:
  ///
  /// ```math
  /// y_i = \sum_{r=0}^{2} x_{i + r - 1} \, w_r .
  /// ```
  ///
  /// **For the input**: collect what is multiplied by a pixel $`x_j`$. It is in $`y_i`$ with the
  /// weight $`w_r`$ where $`i + r - 1 = j`$, that is $`i = j - r + 1`$. So
  ///
  /// ```math
  /// dx_j = \sum_{r} dy_{j - r + 1} \, w_r = \sum_{r'} dy_{j + r' - 1} \, w_{2 - r'}
  ///     \qquad (r' = 2 - r) ,
  /// ```
  ///
  /// which is again a convolution: of dy, with the weights **in reverse order**. The same kernel
  /// code computes both directions.
  ///
  /// **For the weights**: $`w_r`$ is multiplied by $`x_{i + r - 1}`$ in every $`y_i`$, so
  ///
  /// ```math
  /// dw_r = \sum_{i} x_{i + r - 1} \, dy_i .
  /// ```
  ///
  /// A weight is used at all pixels, hence the sum over all of them. This is a convolution too, of
  /// x, with dy in the place of the weights.
  ///
  /// Numbers: let $`x = (1, 2, 3, 4)`$, $`w = (1, 2, 4)`$, and let the loss be $`y_1`$ alone, so
  /// $`dy = (0, 1, 0, 0)`$. Since $`y_1 = x_0 + 2 x_1 + 4 x_2`$, the gradient is $`dx = (1, 2, 4,
  /// 0)`$ and $`dw = (x_0, x_1, x_2) = (1, 2, 3)`$. Someone who forgets to reverse the weights
  /// finds $`(4, 2, 1, 0)`$. With symmetric weights, as many tests have them, nobody would notice.
  public void lineOfPixels(Page page) {
    Convolution convolution = new Convolution(1, 0, 0, 1, 1);
    Tensor x = Tensor.of(Shape.of(1, 1, 4, 1), 1, 2, 3, 4);
    Tensor w = Tensor.of(Shape.of(1, 3, 1, 1), 1, 2, 4);
    Tensor dy = Tensor.of(Shape.of(1, 1, 4, 1), 0, 1, 0, 0);
    Tensor dx = convolution.backwardData(Allocator.HEAP, x.shape(), w, dy);
    Tensor dw = Tensor.zeros(1, 3, 1, 1);
    convolution.backwardWeight(Allocator.HEAP, x, dy, dw);
    Tensor notReversed = convolution.forward(Allocator.HEAP, dy, w, Tensor.zeros(1));
    Table table = new Table("pixel", "dx", "dx if not reversed");
    for (int j = 0; j < 4; j++) {
      table.row(j, item(dx, j), item(notReversed, j));
    }
    page.table("The gradient by Haze's convolution, and with the mistake.", table);
    for (int j = 0; j < 3; j++) {
      page.check("dx at " + j + ".", item(dx, j), item(w, j), Tolerance.FLOATS);
      page.check("dw at " + j + ".", item(dw, j), item(x, j), Tolerance.FLOATS);
    }
    page.check("Not reversed, dx at 0.", item(notReversed, 0), 4, Tolerance.FLOATS);
  }

  private static double item(Tensor x, int index) {
    return x.toArray()[index];
  }

  /// ## The gradient of a convolution: images
  ///
  /// With two directions, channels and a stride the indices are more, but the argument is the same.
  /// In [Convolution] an image n at pixel (i, j) and output channel o has
  ///
  /// ```math
  /// y_{nijo} = b_o + \sum_{r,s,c} x_{n,\, i\sigma + r - t,\; j\sigma + s - l,\; c} \; w_{rsco} ,
  /// ```
  ///
  /// with stride $`\sigma`$ and $`t`$, $`l`$ rows and columns of zeros above and to the left. Each
  /// product in this sum has three indices of place (pixel of y, of x, and of the window), and two
  /// of channels. The gradient of x adds up $`w \, dy`$ where the place in x is the same, that of w
  /// adds up $`x \, dy`$ where the place in the window is the same, that of b adds up dy. So one
  /// plain loop, over all products, computes all three:
  ///
  /// for all n, i, j, o, r, s, c: `dx += w · dy`, `dw += x · dy`; and for all n, i, j, o: `db +=
  /// dy`.
  ///
  /// It is below, in double, and slow. Haze computes dx as a convolution with the kernel turned by
  /// 180 degrees and its channels exchanged; where the stride is 2, zeros are put between the
  /// pixels of dy first. We compare the two on three kinds of layers of a network. Forwards each
  /// uses another kernel: Winograd's method (chapter 9), the direct sum, and a matrix product.
  public void images(Page page) {
    Table table = new Table("window", "stride", "error of dx", "of dw", "of db");
    for (int[] kind : new int[][] {{3, 1}, {3, 2}, {1, 1}}) {
      Convolution convolution = Convolution.of(kind[1], kind[0] / 2);
      Tensor[] inputs = {
        page.rng().normal(Tensor.zeros(2, 12, 10, 16)),
        page.rng().normal(Tensor.zeros(kind[0], kind[0], 16, 32)),
        page.rng().normal(Tensor.zeros(32))
      };
      Tensor[] gradients = Arrays.stream(inputs).map(t -> t.times(0)).toArray(Tensor[]::new);
      Tensor dy;
      try (Tape tape = Tape.recording(new BufferPool())) {
        Variable x = tape.watch(inputs[0], gradients[0]);
        Variable w = tape.watch(inputs[1], gradients[1]);
        Variable b = tape.watch(inputs[2], gradients[2]);
        Variable y = ConvolutionOp.apply(tape, convolution, x, w, b);
        dy = page.rng().normal(Tensor.zeros(y.shape().dims()));
        tape.backward(Sum.apply(tape, Multiply.apply(tape, y, tape.constant(dy))));
      }
      double[][] loops = loops(convolution, inputs[0], inputs[1], dy);
      double[] errors = new double[loops.length];
      for (int i = 0; i < loops.length; i++) {
        errors[i] = error(gradients[i], loops[i]);
      }
      String window = kind[0] + "x" + kind[0];
      table.row(window, kind[1], digits(errors[0]), digits(errors[1]), digits(errors[2]));
      page.check(
          "%s, stride %d: the largest of the errors.".formatted(window, kind[1]),
          Arrays.stream(errors).max().orElseThrow(),
          0,
          new Tolerance(1e-5, "rounding of floats, and Winograd's larger one"));
    }
    page.table("The largest difference, as a share of the largest element.", table);
  }

  /// dx, dw and db of a convolution: all products, one after the other.
  private static double[][] loops(Convolution convolution, Tensor x, Tensor w, Tensor dy) {
    double[] dx = new double[x.size()];
    double[] dw = new double[w.size()];
    double[] db = new double[w.dim(3)];
    float[] xs = x.toArray();
    float[] ws = w.toArray();
    float[] dys = dy.toArray();
    int inputs = x.dim(3);
    int outputs = w.dim(3);
    for (int pixel = 0; pixel < dy.size() / outputs; pixel++) {
      int image = pixel / (dy.dim(1) * dy.dim(2));
      int i = pixel / dy.dim(2) % dy.dim(1) * convolution.stride() - convolution.top();
      int j = pixel % dy.dim(2) * convolution.stride() - convolution.left();
      for (int tap = 0; tap < w.dim(0) * w.dim(1); tap++) {
        int row = i + tap / w.dim(1);
        int column = j + tap % w.dim(1);
        if (row >= 0 && row < x.dim(1) && column >= 0 && column < x.dim(2)) {
          int from = ((image * x.dim(1) + row) * x.dim(2) + column) * inputs;
          for (int c = 0; c < inputs; c++) {
            for (int o = 0; o < outputs; o++) {
              double d = dys[pixel * outputs + o];
              dx[from + c] += ws[(tap * inputs + c) * outputs + o] * d;
              dw[(tap * inputs + c) * outputs + o] += xs[from + c] * d;
            }
          }
        }
      }
      for (int o = 0; o < outputs; o++) {
        db[o] += dys[pixel * outputs + o];
      }
    }
    return new double[][] {dx, dw, db};
  }

  /// Two digits of a small number.
  private static double digits(double number) {
    return new BigDecimal(number).round(new MathContext(2)).doubleValue();
  }

  private static double error(Tensor value, double[] exact) {
    double[] values = value.toDoubles();
    double largest = Arrays.stream(exact).map(Math::abs).max().orElseThrow();
    return IntStream.range(0, exact.length)
            .mapToDouble(i -> Math.abs(values[i] - exact[i]))
            .max()
            .orElseThrow()
        / largest;
  }

  /// ## Why not simply differences
  ///
  /// A derivative can be had without any of this: $`f'(x) \approx (f(x + h) - f(x - h)) / 2h`$. For
  /// training it is useless, since it takes two evaluations for each parameter. For a test it is
  /// what one wants, since it knows nothing of the code that it tests. But which h?
  ///
  /// The formula has an error of its own, $`h^2 f''' / 6`$, which falls with h. And the values are
  /// floats with 24 binary digits: rounding changes them by about $`2^{-24}`$ of their size, and
  /// the slope by that **divided by h**. So a smaller h is better at first, and then worse. Four
  /// points do better than two: $`(8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12h`$ errs
  /// by $`h^4 f^{(5)} / 30`$, so h may be larger, and rounding counts less.
  ///
  /// We take $`f = e^x`$, whose derivative is known, at 400 places between 0 and 1.
  public void differences(Page page) {
    Tensor x = page.rng().uniform(Tensor.zeros(page.count(400, 40)));
    double[] steps = IntStream.range(0, 33).mapToDouble(i -> Math.pow(2, -i / 2.0)).toArray();
    double[] two = DoubleStream.of(steps).map(h -> slopeError(x, h, false)).toArray();
    double[] four = DoubleStream.of(steps).map(h -> slopeError(x, h, true)).toArray();
    page.figure(
        "The error of the slope (root of the mean square), by step. To the right the"
            + " formulas err, to the left rounding does.",
        new LineChart(
                "A difference needs the right step",
                Axis.log("step h"),
                Axis.log("error of the slope"),
                Legend.BOTTOM_LEFT,
                List.of(
                    new Line("two points", steps, two, Look.MARKED),
                    new Line("four points", steps, four, Look.MARKED)))
            .sized(1100, 560));
    page.checkAtMost("Two points, best step.", smallest(two), 2e-5);
    page.checkAtMost("Four points, best step.", smallest(four), 2e-6);
    page.checkAtLeast("Two points, smallest step of the figure.", two[32], 1e-3);
  }

  private static double smallest(double... values) {
    return DoubleStream.of(values).min().orElseThrow();
  }

  private static double slopeError(Tensor x, double h, boolean four) {
    double sum = 0;
    for (float at : x.toArray()) {
      // The step that was really made, after rounding.
      double near = (exp(at + h) - exp(at - h)) / ((double) (float) (at + h) - (float) (at - h));
      double far = (exp(at + 2 * h) - exp(at - 2 * h)) / (4 * h);
      double slope = four ? (4 * near - far) / 3 : near;
      sum += (slope - Math.exp(at)) * (slope - Math.exp(at));
    }
    return Math.sqrt(sum / x.size());
  }

  /// The exponential as a tape that is off computes it, in floats.
  private static double exp(double x) {
    try (Tape tape = Tape.off(new BufferPool())) {
      return Exp.apply(tape, tape.constant(Tensor.scalar((float) x))).value().item();
    }
  }

  /// ## A check for every operation
  ///
  /// [GradientCheck] does this for all operations of Haze and for whole networks: four points, and
  /// a step of 1/32 of the input's size, where the lower curve above has its minimum. A result of
  /// many numbers is first reduced to one by random weights. It throws if a gradient is wrong by
  /// more than rounding explains.
  ///
  /// A check that never fails proves nothing. So we give it the mistake from above too: a
  /// convolution whose backward forgets to reverse the weights. It is caught.
  public void gradientCheck(Page page) {
    Convolution convolution = new Convolution(1, 0, 0, 1, 1);
    Tensor x = page.rng().normal(Tensor.zeros(1, 1, 6, 1));
    Tensor w = page.rng().normal(Tensor.zeros(1, 3, 1, 1));
    GradientCheck.check(
        (tape, v) -> {
          Variable bias = tape.constant(Tensor.zeros(1));
          return ConvolutionOp.apply(tape, convolution, v.get(0), v.get(1), bias);
        },
        x,
        w);
    boolean caught = false;
    try {
      GradientCheck.check((tape, v) -> NotReversed.apply(tape, convolution, v.get(0), w), x);
    } catch (AssertionError wrong) {
      caught = wrong.toString().contains("gradient check: input 0");
    }
    page.check("Mistakes that were caught, of one.", caught ? 1 : 0, 1, Tolerance.DOUBLES);
  }

  /// The mistake: dx is computed with the weights in their own order.
  private record NotReversed(Variable x, Tensor w, Convolution convolution, Variable y)
      implements Operation {
    static Variable apply(Tape tape, Convolution convolution, Variable x, Tensor w) {
      Tensor y = convolution.forward(tape, x.value(), w, Tensor.zeros(1));
      return tape.record(new NotReversed(x, w, convolution, tape.output(y, x)));
    }

    @Override
    public void backward(Tape tape) {
      x.addGradient(tape, convolution.forward(tape, y.gradient(), w, Tensor.zeros(1)));
    }
  }

  /// ## What the tape keeps
  ///
  /// Backward of $`y = a \, b`$ needs a and b. So values that the forward pass is done with must
  /// stay until backward has passed them: this, not the parameters, is what fills the memory in
  /// training.
  ///
  /// Three parts of ten [Silu] each, on 1,000 numbers. A tape that records keeps all 30 results.
  /// One that is off, as in sampling, is told where a part ends ([Tape#scope]): all but the part's
  /// result is free then, and the next part writes into the same arrays. It needs the ten of the
  /// part at work and the results of the two before. Each array has some floats more than the
  /// tensor, so that its first element can lie on the border of a cache line.
  public void whatIsKept(Page page) {
    int array = 1000 + Allocator.ALIGNED_OFFSET;
    page.check("Arrays, recording.", floats(true) / array, 30, Tolerance.DOUBLES);
    page.check("Arrays, if the tape is off.", floats(false) / array, 12, Tolerance.DOUBLES);
  }

  /// The floats of a pool that lent memory to three parts of ten operations.
  private static double floats(boolean recording) {
    BufferPool pool = new BufferPool();
    try (Tape tape = recording ? Tape.recording(pool) : Tape.off(pool)) {
      Variable y = tape.watch(Tensor.zeros(1000), Tensor.zeros(1000));
      for (int part = 0; part < 3; part++) {
        Variable x = y;
        y = tape.scope(() -> tenTimes(tape, x));
      }
    }
    return pool.bytes() / (double) Float.BYTES;
  }

  private static Variable tenTimes(Tape tape, Variable x) {
    Variable y = x;
    for (int i = 0; i < 10; i++) {
      y = Silu.apply(tape, y);
    }
    return y;
  }

  /// ## The memory of a step
  ///
  /// Now the network of the model of digits that comes with Haze. At the end of the forward pass we
  /// count what the tape holds, then let it go backward, and count all memory that the step has
  /// needed, with the gradients of values and the scratch memory of the kernels. Both grow with the
  /// number of images, as each image has values of its own. The parameters do not: they, their
  /// gradient and the optimizer's two moments are four arrays, whatever the batch. From some images
  /// on, they are the smaller part.
  ///
  /// Not everything is kept. The results of normalisation and joining are cheap to compute, and
  /// backward computes them a second time from their inputs, to the same bits ([Tape#forget]): a
  /// little time is given for much memory. That is why the tape of Haze holds less than twice what
  /// the same pass holds in sampling, where nothing goes backward, and the results of blocks are
  /// all that is left: most of them are skip connections, which the way up needs. The idea carried
  /// further, with whole blocks computed twice, is called gradient checkpointing.
  public void memory(Page page) throws IOException {
    UNet unet = DigitsModel.load().unet();
    ParameterVector parameters = new ParameterVector(unet);
    int most = page.count(16, 4);
    double[] images = {0.25 * most, 0.5 * most, most};
    double[] whole = new double[images.length];
    double[] training = new double[images.length];
    double[] sampling = new double[images.length];
    for (int i = 0; i < images.length; i++) {
      Batch batch = new Batch((int) images[i]);
      BufferPool pool = new BufferPool();
      training[i] = held(unet, batch, parameters, pool);
      whole[i] = 1e-6 * pool.bytes();
      sampling[i] = held(unet, batch, null, new BufferPool());
    }
    page.figure(
        "Memory for the model of digits, by images in a batch.",
        new LineChart(
                "What backward needs must stay",
                Axis.linear("images"),
                Axis.linear("megabytes"),
                Legend.TOP_LEFT,
                List.of(
                    new Line("a whole step", images, whole, Look.MARKED),
                    new Line("held after forward, training", images, training, Look.MARKED),
                    new Line("the same in sampling", images, sampling, Look.MARKED)))
            .sized(1100, 520));
    double weights = 4e-6 * parameters.size();
    page.table(
        "A step of training with " + most + " images.",
        new Table("what", "megabytes")
            .row("parameters", weights)
            .row("their gradient", weights)
            .row("the two moments of Adam", 2 * weights)
            .row("all values and their gradients, and scratch memory", whole[2]));
    page.checkAtMost(
        "Images whose values take as much as the other rows.",
        4 * weights / ((whole[2] - whole[1]) / (images[2] - images[1])),
        8);
    page.checkAtLeast("Training over sampling.", training[2] / sampling[2], 1.5);
    page.checkAtMost("And not more than that.", training[2] / sampling[2], 2);
    page.check(
        "Doubled twice: the growth of the second time over twice that of the first.",
        (training[2] - training[1]) / (2 * (training[1] - training[0])),
        1,
        new Tolerance(0.05, "a pool's arrays may be longer than their content"));
  }

  /// Runs forward, and backward if there are parameters; returns the megabytes that were held in
  /// between.
  private static double held(
      UNet unet, Batch batch, @Nullable ParameterVector parameters, BufferPool pool) {
    long free;
    long all;
    try (Tape tape = parameters == null ? Tape.off(pool) : Tape.recording(pool)) {
      if (parameters != null) {
        parameters.watch(tape, new float[parameters.size()]);
      }
      batch.through(unet, tape);
      free = pool.bytes();
    }
    all = pool.bytes();
    if (parameters != null) {
      step(unet, batch, parameters, pool);
    }
    return 1e-6 * (all - free);
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) throws IOException {
    SmallTape tape = new SmallTape();
    Scalar a = new Scalar(2);
    tape.backward(tape.multiply(tape.multiply(a, a), a));
    page.question(
        "The cube of a, computed as $`s = a \\cdot a`$ and $`y = s \\cdot a`$, at $`a = 2`$: which"
            + " contributions does a receive, in which order, and what is their sum?",
        "From y first: s = 4. Then from s, which has the gradient a = 2: twice 2 · 2 = 4. The sum"
            + " is 12 = 3 a².",
        a.gradient,
        12,
        Tolerance.DOUBLES);
    Tensor dy = Tensor.zeros(1, 26, 26, 1);
    Tensor dx =
        Convolution.of(1, 2).forward(Allocator.HEAP, dy, Tensor.zeros(3, 3, 1, 1), Tensor.zeros(1));
    page.question(
        "A 3x3 convolution without padding takes 28 pixels to 26. The one that takes dy back to dx"
            + " has another padding; which, and how many pixels has dx?",
        "Each pixel of x is in windows that begin up to two pixels before it, so dy needs two rows"
            + " of zeros on each side: 26 + 2 · 2 - 2 = 28 pixels.",
        dx.dim(1),
        28,
        Tolerance.DOUBLES);
    page.question(
        "How many million network evaluations would the gradient of the model of digits that comes"
            + " with Haze take by differences of two points?",
        "Two for each of the 1.1 million parameters: 2.2 millions for one step. Backward takes as"
            + " long as about two.",
        2e-6 * new ParameterVector(DigitsModel.load().unet()).size(),
        2.2,
        Tolerance.digits(1));
  }
}
