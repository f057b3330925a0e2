package haze.diffusion.study.chapter;

import haze.autograd.AttentionOp;
import haze.autograd.LinearOp;
import haze.autograd.Multiply;
import haze.autograd.Operation;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.ImageGrid;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.pipeline.DigitsModel;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.study.NetworkPart;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.tensor.Allocator;
import haze.tensor.Attention;
import haze.tensor.BufferPool;
import haze.tensor.Resize;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// # The network
///
/// Everything that a diffusion model has to learn is one function: a noisy image $`x_t`$, the
/// timestep t and a class go in, an image of the same size comes out, the predicted noise or, in
/// the model of this book, the predicted $`v`$. Any network would do in principle. This chapter
/// shows the one that nearly all image models began with, the **U-Net** of Ho et al. (2020), and
/// why it is built as it is.
///
/// It must do two things that are at odds. Whether a pixel belongs to a stroke depends on the whole
/// digit; so the network has to see far. And the output must be right to the pixel; so nothing fine
/// may be lost on the way. The U-Net goes down to small images, where far is near, and up again,
/// and hands the fine detail across.
///
/// We read all of this from the network itself. A tape that records (chapter 8) has each operation
/// with its inputs and its output: [Tape#operations].
public final class Chapter10Network implements Chapter {
  /// Runs a network forward and looks at what ran.
  private static <T> T look(
      UNet unet, Tensor x, float[] timesteps, int[] labels, Function<List<Operation>, T> reader) {
    ParameterVector parameters = new ParameterVector(unet);
    try (Tape tape = Tape.recording(new BufferPool())) {
      parameters.watch(tape, new float[parameters.size()]);
      unet.forward(tape, tape.constant(x), timesteps, labels);
      return reader.apply(tape.operations());
    }
  }

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("shapes", this::shapes),
        new Section("howFar", this::howFar),
        new Section("time", this::time),
        new Section("attention", this::attention),
        new Section("whatItAttendsTo", this::whatItAttendsTo),
        new Section("questions", this::questions));
  }

  /// ## Down and up
  ///
  /// The table has each part of the network in the order in which they run, with the shape of its
  /// input and of its output for one image: rows, columns, channels; attention sees rows and
  /// columns as one axis.
  ///
  /// `conv_in` makes 32 channels of the one grey value of each pixel. Each **level** on the way
  /// down has a residual block (`resnets`), and then halves rows and columns (`downsamplers`): from
  /// 28 to 14 to 7. In the middle, at 7x7, one step of a 3x3 window is four pixels of the image. On
  /// the way up every level doubles rows and columns again (`upsamplers`, whose input is shown
  /// after that).
  ///
  /// What is halved has lost detail. Therefore each block on the way up first joins its input with
  /// the output of its counterpart on the way down, channel behind channel: a **skip connection**.
  /// This is why inputs on the way up have more channels than the output before them. The last
  /// level begins with 64 channels from below and 32 from the skip connection, 96 together.
  ///
  /// A **residual block** computes $`x + f(x)`$, where $`f`$ is two convolutions with
  /// normalisation, and the timestep in between. If $`f`$ is near zero the block does nothing, so
  /// many of them can follow each other without harm, and the gradient finds an undisturbed way
  /// back through the sum.
  ///
  /// The network here is that of the model of digits that comes with Haze, with 32, 64 and 64
  /// channels, whatever model the other chapters are about.
  ///
  /// The last column counts multiply-adds. Few pixels make a level cheap, whatever its channels:
  /// the convolutions at 7x7 hold many of the parameters and take a small part of the work.
  public void shapes(Page page) throws IOException {
    UNet unet = DigitsModel.load().unet();
    List<NetworkPart> parts =
        look(
            unet,
            Tensor.zeros(1, 28, 28, 1),
            new float[1],
            new int[1],
            o -> NetworkPart.of(unet, o));
    Table table = new Table("part", "input", "output", "parameters", "million multiply-adds");
    for (NetworkPart part : parts) {
      double millions = Math.rint(part.multiplyAdds() / 1e4) / 100;
      table.row(part.name(), text(part.in()), text(part.out()), part.parameters(), millions);
    }
    page.table("The network, from the image to the output.", table);

    List<NetworkPart> maps = parts.stream().filter(part -> part.out().rank() == 3).toList();
    double[] x = IntStream.range(0, maps.size()).asDoubleStream().toArray();
    page.figure(
        "Columns and channels after each part: the U.",
        new LineChart(
                "Small images with many channels in the middle",
                Axis.linear("part, in the order of the table, without attention"),
                Axis.log("columns, channels"),
                Legend.OUTSIDE,
                List.of(
                    new Line("columns", x, sizes(maps, -2), Look.MARKED),
                    new Line("channels", x, sizes(maps, -1), Look.MARKED)))
            .sized(1100, 420));

    NetworkPart middle = find(parts, "mid_block.resnets.0");
    NetworkPart lastUp = find(parts, "up_blocks.2.resnets.0");
    page.check("Rows in the middle.", middle.out().dim(0), 7, EXACT);
    page.check("Channels from below and across.", lastUp.in().dim(2), 64 + 32, EXACT);
    List<NetworkPart> seven = parts.stream().filter(part -> part.in().dim(0) == 7).toList();
    page.checkAtMost(
        "The share of the multiply-adds that is made in convolutions at 7x7.",
        sum(seven, NetworkPart::multiplyAdds) / sum(parts, NetworkPart::multiplyAdds),
        0.25);
    page.checkAtLeast(
        "The share of the parameters there.",
        sum(seven, NetworkPart::parameters) / new ParameterVector(unet).size(),
        0.4);
  }

  private static double sum(List<NetworkPart> parts, ToLongFunction<NetworkPart> of) {
    return parts.stream().mapToLong(of).sum();
  }

  private static final Tolerance EXACT = new Tolerance(0, "whole numbers");

  private static NetworkPart find(List<NetworkPart> parts, String name) {
    return parts.stream().filter(part -> part.name().equals(name)).findFirst().orElseThrow();
  }

  private static double[] sizes(List<NetworkPart> parts, int axis) {
    return parts.stream().mapToDouble(part -> part.out().dim(axis)).toArray();
  }

  private static String text(Shape shape) {
    return IntStream.of(shape.dims()).mapToObj(Integer::toString).collect(Collectors.joining("×"));
  }

  /// ## How far it sees
  ///
  /// On which pixels of $`x_t`$ does one pixel of the output depend, and how much? The tape
  /// answers: take that one pixel as the loss, and go backward to the image. A single 3x3
  /// convolution would give a square of 3x3. For the whole network all 784 pixels have a part in
  /// it, since attention and normalisation connect everything.
  ///
  /// But not to the same degree, and it depends on the noise. As long as a pixel's own value and
  /// those beside it say something, most of the influence is theirs. With much noise they say
  /// little, and the network looks far around. No line of code says so; it is learned.
  public void howFar(Page page) throws IOException {
    Pipeline model = page.model();
    Digit digit = new Digit(model);
    int[] timesteps = {20, 250, 500, 750};
    Tensor images = Tensor.zeros(2 * timesteps.length, 28, 28, 1);
    double[] near = new double[timesteps.length];
    for (int i = 0; i < timesteps.length; i++) {
      Tensor xt = digit.noisy(page.rng(), timesteps[i]);
      Tensor influence = influence(model.unet(), xt, timesteps[i], digit.label);
      images.at(i).copyFrom(xt.at(0));
      images.at(timesteps.length + i).copyFrom(shown(influence).at(0));
      near[i] = shareNear(influence);
      if (i == 0) {
        double least = DoubleStream.of(influence.toDoubles()).min().orElseThrow();
        page.checkAtLeast(
            "The least influence over the largest.", least / largest(influence), 1e-9);
      }
    }
    page.figure(
        "Above, a digit with noise. Below, how much the output in the middle depends on each"
            + " pixel: black for a thousandth of the largest and less, white for the largest.",
        new CaptionedGrid(
            images,
            IntStream.of(timesteps).mapToObj(t -> "t = " + t).toList(),
            List.of("x_t", "influence")));
    Table table = new Table("t", "share of all influence");
    for (int i = 0; i < timesteps.length; i++) {
      table.row(timesteps[i], near[i]);
    }
    page.table("The influence of the pixel and its neighbours.", table);
    page.checkAtLeast("At t = 250.", near[1], 0.5);
    page.checkAtMost("At t = 750.", near[3], 0.35);
  }

  /// A digit of the test set.
  private static final class Digit {
    final Tensor image;
    final int label;
    private final ForwardProcess process;

    Digit(Pipeline model) throws IOException {
      ImageDataset digits = Mnist.test();
      image = digits.image(4);
      label = digits.label(4);
      process = new ForwardProcess(model.scheduler().schedule());
    }

    Tensor noisy(Rng rng, int t) {
      return process.addNoise(image, rng.normal(Tensor.zeros(1, 28, 28, 1)), t);
    }
  }

  /// The absolute derivative of one pixel of the output with respect to all of the input, `[1, 28,
  /// 28, 1]`.
  private static Tensor influence(UNet unet, Tensor xt, int t, int label) {
    Tensor gradient = Tensor.zeros(1, 28, 28, 1);
    Tensor one = Tensor.zeros(1, 28, 28, 1);
    one.set(1, 0, 14, 14, 0);
    try (Tape tape = Tape.recording(new BufferPool())) {
      Variable y = unet.forward(tape, tape.watch(xt, gradient), new float[] {t - 1}, label);
      tape.backward(Sum.apply(tape, Multiply.apply(tape, y, tape.constant(one))));
    }
    float[] values = gradient.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.abs(values[i]);
    }
    return Tensor.of(gradient.shape(), values);
  }

  /// Three decades as black to white.
  private static Tensor shown(Tensor influence) {
    float[] values = influence.toArray();
    double largest = largest(influence);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (1 + 2.0 / 3 * Math.log10(Math.max(1e-9, values[i] / largest)));
    }
    return Tensor.of(influence.shape(), values);
  }

  private static double largest(Tensor x) {
    return Arrays.stream(x.toDoubles()).map(Math::abs).max().orElseThrow();
  }

  private static double shareNear(Tensor influence) {
    double near = 0;
    for (int i = 13; i <= 15; i++) {
      for (int j = 13; j <= 15; j++) {
        near += influence.get(0, i, j, 0);
      }
    }
    return near / Arrays.stream(influence.toDoubles()).sum();
  }

  /// ## The timestep
  ///
  /// The same $`x_t`$ means different things at different noise levels, so the network must know t.
  /// A single number from 0 to 999 as an input would be a poor choice: layers multiply and add, and
  /// to tell 500 from 501 in one number among hundreds needs weights that are huge. Instead t
  /// becomes a vector of waves (Vaswani et al. 2017), half of them cosines, half sines, from fast
  /// to slow:
  ///
  /// ```math
  /// s(t) = \big( \cos(t f_0), \dots, \cos(t f_{15}), \sin(t f_0), \dots, \sin(t f_{15}) \big) ,
  ///     \qquad f_i = 10000^{-i/16} .
  /// ```
  ///
  /// It is like the hands of a clock: the fast ones tell neighbours apart, the slow ones say
  /// roughly where one is. And since $`\cos a \cos b + \sin a \sin b = \cos(a - b)`$, the scalar
  /// product of two such vectors depends on the distance of the timesteps alone:
  ///
  /// ```math
  /// s(t) \cdot s(t') = \sum_i \cos\big( (t - t') f_i \big) .
  /// ```
  ///
  /// Two small layers (`time_embedding`) turn s(t) into 128 numbers, the class adds 128 more of its
  /// own to them, and every residual block adds its own linear function of these to its channels,
  /// the same for all pixels.
  ///
  /// The network counts from 0: our t is its t - 1.
  public void time(Page page) throws IOException {
    UNet unet = DigitsModel.load().unet();
    int count = page.count(250, 50);
    float[] t = new float[count];
    for (int i = 0; i < count; i++) {
      t[i] = i * (1000f / count);
    }
    // Tiny images, since here only the timestep matters.
    Tensor images = Tensor.zeros(count, 4, 4, 1);
    List<Tensor> found =
        look(unet, images, t, new int[count], operations -> timeLayers(unet, operations));
    Tensor waves = found.get(0);
    Tensor embedding = found.get(1);
    page.figure(
        "The waves s(t): the cosines, from fast to slow, and below them the sines. Each"
            + " column is a timestep, from 0 on the left to 996 on the right.",
        ImageGrid.of(asImage(waves), 1));
    page.figure(
        "What the two layers make of them: 128 numbers.", ImageGrid.of(asImage(embedding), 1));
    int index = count / 2;
    page.check(
        "The fourth cosine at t = 500.",
        waves.get(index, 3),
        Math.cos(500 * Math.pow(10_000, -3 / 16.0)),
        new Tolerance(1e-4, "an angle of 90 in floats"));
    int step = count / 50;
    page.check(
        "The scalar product of s(100) and s(120), and of s(800) and s(820).",
        dot(waves, count / 10, count / 10 + step),
        dot(waves, 8 * count / 10, 8 * count / 10 + step),
        new Tolerance(1e-3, "angles up to 820 in floats"));
    page.checkAtLeast("With itself.", dot(waves, index, index), 15.99);
  }

  /// The input of the first layer of the timestep, and the output of the second, `[n, width]`.
  private static List<Tensor> timeLayers(UNet unet, List<Operation> operations) {
    List<Tensor> found = new ArrayList<>();
    for (Operation operation : operations) {
      if (operation instanceof LinearOp linear) {
        String name = NetworkPart.parameterName(unet, linear.weight());
        if (name.equals("time_embedding.linear_1.weight")) {
          found.add(linear.x().value().copy());
        } else if (name.equals("time_embedding.linear_2.weight")) {
          found.add(linear.y().value().copy());
        }
      }
    }
    return found;
  }

  /// Rows of numbers as columns of an image, from black for the smallest to white, four times as
  /// large.
  private static Tensor asImage(Tensor rows) {
    float scale = (float) (1 / largest(rows));
    Tensor image = Tensor.zeros(1, rows.dim(1), rows.dim(0), 1);
    for (int i = 0; i < rows.dim(0); i++) {
      for (int j = 0; j < rows.dim(1); j++) {
        image.set(rows.get(i, j) * scale, 0, j, i, 0);
      }
    }
    Tensor twice = Resize.nearest2x(Allocator.HEAP, image);
    return Resize.nearest2x(Allocator.HEAP, twice);
  }

  private static double dot(Tensor rows, int i, int j) {
    return IntStream.range(0, rows.dim(1))
        .mapToDouble(k -> (double) rows.get(i, k) * rows.get(j, k))
        .sum();
  }

  /// ## Attention
  ///
  /// A convolution brings together what is near. Attention brings together what belongs together,
  /// wherever it is. From the channels of each place three vectors are computed by linear layers: a
  /// **query** q (what do I look for?), a **key** k (what am I?) and a **value** v (what do I
  /// tell?). A place i weighs all places j by how well its query fits their keys:
  ///
  /// ```math
  /// p_{ij} = \frac{e^{q_i \cdot k_j / \sqrt d}}{\sum_l e^{q_i \cdot k_l / \sqrt d}} , \qquad
  /// y_i = \sum_j p_{ij} \, v_j .
  /// ```
  ///
  /// The weights of a place are positive and their sum is 1, so $`y_i`$ is a mean of values. Why
  /// $`\sqrt d`$? For q and k of d independent numbers of variance 1 the scalar product has the
  /// variance d; without the root, the exponentials of large d would leave all the weight to one
  /// place, and no gradient to the others. Several **heads** do this at the same time, each with
  /// channels of its own (here 2 heads of 32).
  ///
  /// All pairs of places take part, so the cost grows with the square of their number. This is why
  /// the network attends at 7x7, with 49 places, and not at 28x28, with 784: the weights alone
  /// would be 256 times as many.
  ///
  /// And attention does not know where a place is: exchange places in the input, and the output is
  /// exchanged in the same way, else unchanged. Only the convolutions know who is beside whom.
  public void attention(Page page) {
    Tensor q = page.rng().normal(Tensor.zeros(1, 49, 32));
    Tensor k = page.rng().normal(Tensor.zeros(1, 49, 32));
    Tensor v = page.rng().normal(Tensor.zeros(1, 49, 32));
    Attention.Result result = Attention.forward(Allocator.HEAP, q, k, v, 1);
    double[] p = result.probabilities().at(0).at(0).at(5).toDoubles();
    page.check("The weights of a place.", Arrays.stream(p).sum(), 1, Tolerance.FLOATS);
    double mean = IntStream.range(0, 49).mapToDouble(j -> p[j] * v.get(0, j, 7)).sum();
    page.check("A channel of its output.", result.y().get(0, 5, 7), mean, Tolerance.FLOATS);

    Tensor left = page.rng().normal(Tensor.zeros(10_000, 32));
    Tensor products = left.times(page.rng().normal(Tensor.zeros(10_000, 32))).sum(-1);
    double variance = products.times(products).mean().item();
    page.check("The variance of q · k, for 32 channels.", variance, 32, VARIANCE);
    Tensor turned = Attention.forward(Allocator.HEAP, reversed(q), reversed(k), reversed(v), 1).y();
    page.check(
        "Places in reverse order: the largest difference from the reversed output.",
        largest(reversed(turned).minus(result.y())),
        0,
        new Tolerance(1e-6, "sums in another order"));
    page.check("Weights at 28x28 over those at 7x7.", Math.pow(784.0 / 49, 2), 256, EXACT);
  }

  /// The square of a product that is about normal, of variance 32, has this deviation.
  private static final Tolerance VARIANCE = Tolerance.ofMean(1.1 * 32 * Math.sqrt(2), 10_000);

  /// The places of an image in reverse order.
  private static Tensor reversed(Tensor x) {
    Tensor reversed = Tensor.zeros(x.shape().dims());
    for (int i = 0; i < x.dim(1); i++) {
      reversed.at(0).at(i).copyFrom(x.at(0).at(x.dim(1) - 1 - i));
    }
    return reversed;
  }

  /// ## What it attends to in a digit
  ///
  /// Now the trained network. A digit with some noise goes in, and we read the weights $`p_{ij}`$
  /// of its four layers of attention from the tape ([AttentionOp]). Each row of the figure is one
  /// place i of the 7x7, framed in the digit; beside it, for each layer and head, the 49 weights,
  /// white for the largest.
  ///
  /// Does it see the stroke? For the places on the stroke we add up the weights that they give to
  /// places on the stroke, and divide by the share of such places, which is what even weights would
  /// give: the last column of the table. Above 1, strokes look at strokes, and most heads do that.
  /// Nobody has shown the network what a stroke is.
  ///
  /// How many places does a place attend to? A weight spread evenly over n places has the entropy
  /// $`\ln n`$. So $`e^{-\sum_j p_{ij} \ln p_{ij}}`$ is a number of places that also makes sense
  /// for uneven weights: 1 if all is on one place, 49 if it is even.
  public void whatItAttendsTo(Page page) throws IOException {
    Pipeline model = page.model();
    Digit digit = new Digit(model);
    int t = 200;
    Tensor xt = digit.noisy(page.rng(), t);
    List<Tensor> layers =
        look(
            model.unet(),
            xt,
            new float[] {t - 1},
            new int[] {digit.label},
            Chapter10Network::probabilities);
    int[] places = {2 * 7 + 2, 3 * 7 + 4, 6 * 7 + 6};
    int columns = 1 + 2 * layers.size();
    Tensor images = Tensor.zeros(places.length * columns, 28, 28, 1);
    List<String> above = new ArrayList<>(List.of("x_t"));
    Table table = new Table("layer", "head", "places attended to", "stroke to stroke");
    boolean[] stroke = stroke(digit.image);
    double[] toStroke = new double[columns - 1];
    for (int row = 0; row < places.length; row++) {
      images.at(row * columns).copyFrom(framed(xt, places[row]).at(0));
      for (int i = 0; i < columns - 1; i++) {
        Tensor weights = layers.get(i / 2).at(0).at(i % 2).at(places[row]);
        images.at(row * columns + 1 + i).copyFrom(shownWeights(weights).at(0));
      }
    }
    for (int i = 0; i < columns - 1; i++) {
      above.add(LAYERS.get(i / 2) + "\nhead " + i % 2);
      Tensor weights = layers.get(i / 2).at(0).at(i % 2);
      toStroke[i] = toStroke(weights, stroke);
      table.row(LAYERS.get(i / 2), i % 2, placesAttendedTo(weights), toStroke[i]);
    }
    page.figure(
        "The weights of three places in a digit at t = 200.",
        new CaptionedGrid(images, above, List.of("", "", "")));
    page.table("Means over all places, and over those of the stroke.", table);
    double alike = DoubleStream.of(toStroke).map(share -> share > 1 ? 1 : 0).sum();
    page.checkAtLeast("Heads whose last column is above 1, of 8.", alike, 5);
  }

  private static final List<String> LAYERS = List.of("down", "middle", "up 1", "up 2");

  /// The weights of all layers of attention, `[1, heads, 49, 49]`.
  private static List<Tensor> probabilities(List<Operation> operations) {
    return operations.stream()
        .filter(AttentionOp.class::isInstance)
        .map(operation -> ((AttentionOp) operation).probabilities().copy())
        .toList();
  }

  /// Which of the 49 places have a part of the stroke: a pixel that is more white than black.
  private static boolean[] stroke(Tensor image) {
    boolean[] stroke = new boolean[49];
    for (int i = 0; i < 28; i++) {
      for (int j = 0; j < 28; j++) {
        stroke[i / 4 * 7 + j / 4] |= image.get(0, i, j, 0) > 0;
      }
    }
    return stroke;
  }

  /// The weights from stroke to stroke over what even weights would give.
  private static double toStroke(Tensor weights, boolean... stroke) {
    double sum = 0;
    int places = 0;
    for (int i = 0; i < stroke.length; i++) {
      for (int j = 0; j < stroke.length && stroke[i]; j++) {
        sum += stroke[j] ? weights.get(i, j) : 0;
      }
      places += stroke[i] ? 1 : 0;
    }
    return sum / places / ((double) places / stroke.length);
  }

  private static double placesAttendedTo(Tensor weights) {
    double sum = 0;
    for (int i = 0; i < weights.dim(0); i++) {
      double[] p = weights.at(i).toDoubles();
      sum += Math.exp(-Arrays.stream(p).filter(w -> w > 0).map(w -> w * Math.log(w)).sum());
    }
    return sum / weights.dim(0);
  }

  /// 49 weights as an image of 28 x 28.
  private static Tensor shownWeights(Tensor weights) {
    float[] values = weights.toArray();
    double largest = largest(weights);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 * values[i] / largest - 1);
    }
    Tensor image = Tensor.of(Shape.of(1, 7, 7, 1), values);
    return Resize.nearest2x(Allocator.HEAP, Resize.nearest2x(Allocator.HEAP, image));
  }

  /// An image with a white frame around one of 7x7 places.
  private static Tensor framed(Tensor image, int place) {
    Tensor framed = image.copy();
    int top = place / 7 * 4;
    int left = place % 7 * 4;
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 4; j++) {
        if (i % 3 == 0 || j % 3 == 0) {
          framed.set(1, 0, top + i, left + j, 0);
        }
      }
    }
    return framed;
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) throws IOException {
    UNet unet = DigitsModel.load().unet();
    page.question(
        "A 3x3 convolution from 96 channels to 32, with a bias: how many parameters has it?",
        "One weight for each of 9 pixels, 96 inputs and 32 outputs, and 32 biases: 27,680.",
        (double) NetworkPart.parametersOf(unet, "up_blocks.2.resnets.0.conv1"),
        27_680,
        EXACT);
    page.question(
        "Images must have rows and columns that are multiples of which number here, and why?",
        "Of 4: they are halved twice on the way down and doubled on the way up, and must fit the"
            + " skip connections.",
        unet.config().imageMultiple(),
        4,
        EXACT);
    page.question(
        "If all queries were zero, to how many of the 49 places would each place attend, and what"
            + " would it tell?",
        "All products are 0, so all weights are 1/49: to 49, and the output is the mean of all"
            + " values.",
        placesAttendedTo(
            Attention.forward(
                    Allocator.HEAP,
                    Tensor.zeros(1, 49, 32),
                    page.rng().normal(Tensor.zeros(1, 49, 32)),
                    Tensor.zeros(1, 49, 32),
                    1)
                .probabilities()
                .at(0)
                .at(0)),
        49,
        new Tolerance(1e-4, "rounding of floats"));
  }
}
