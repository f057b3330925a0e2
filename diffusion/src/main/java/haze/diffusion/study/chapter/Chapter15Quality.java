package haze.diffusion.study.chapter;

import haze.diffusion.data.DataException;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.ImageRange;
import haze.diffusion.data.Mnist;
import haze.diffusion.data.PixelScale;
import haze.diffusion.evaluation.bound.BoundResult;
import haze.diffusion.evaluation.frechet.FrechetData;
import haze.diffusion.evaluation.frechet.FrechetDistance;
import haze.diffusion.evaluation.frechet.Nearness;
import haze.diffusion.evaluation.frechet.RealImages;
import haze.diffusion.evaluation.frechet.TrainedClassifier;
import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.ImageGrid;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.sampler.Denoised;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.ProgressListener;
import haze.diffusion.sampler.SamplingLoop;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.zip.Deflater;

/// # How good is it?
///
/// A trained model makes images, and one wants a number that says how good it is: to compare two
/// models, or to see whether a change helped. There is no single one. This chapter takes the two
/// that are reported most, bits per dimension and the Fréchet distance, and a third that is
/// reported too rarely. Of each we ask what it measures, how wrong it is with few images, and, most
/// of all, **what it does not see**.
public final class Chapter15Quality implements Chapter {
  private static final int PIXELS = Mnist.IMAGE.size();

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("bits", this::bits),
        new Section("whatBitsDoNotSee", this::whatBitsDoNotSee),
        new Section("distance", this::distance),
        new Section("bias", this::bias),
        new Section("copies", this::copies),
        new Section("questions", this::questions));
  }

  /// ## Bits per dimension
  ///
  /// A model that gives an image $`x_0`$ the probability $`p(x_0)`$ can store it in $`-\log_2
  /// p(x_0)`$ bits (Shannon 1948). Divided by the number of pixels this is a fair measure: it needs
  /// no human and no other network, and it cannot be cheated. A model that gives more probability
  /// to some images has less for all others, and images that it has never seen would need more
  /// bits.
  ///
  /// It can be compared with any file format. A pixel of a digit takes 8 bits without compression.
  /// The compression of a zip file (`Deflater`, 1000 test digits in one stream) needs about a
  /// fifth. The bound ([chapter 6](#chapter-6)) of the model that comes with Haze is about the
  /// same: it was trained for pictures, with few timesteps of little noise, where most of the bits
  /// are. A network that is trained for the bound, `haze train --preset likelihood`, has 0.974.
  /// (The model is conditioned on the label, the compressor is not; but to store a label takes
  /// $`\log_2 10`$ bits for 784 pixels, 0.0042 a pixel.)
  public void bits(Page page) throws IOException {
    BoundResult bound = ModelBound.measure(page);
    double zip = 8.0 * deflated(digits(1000)) / (1000 * PIXELS);
    Table table = new Table("code", "bits per dimension");
    table.row("no compression", 8.0);
    table.row("deflate", zip);
    table.row("the model, at most", bound.total().mean());
    page.table("Test digits: " + bound.title() + ".", table);
    page.check("A label.", Math.log(10) / Math.log(2) / PIXELS, 0.0042, Tolerance.digits(4));
    page.check("The compression of a zip file.", zip, 1.6, new Tolerance(0.1, "a fifth of 8"));
    page.checkAtMost(
        "The bound of the model: half of what a pixel takes.", bound.total().mean(), 8.0 / 2);
  }

  /// ## What bits do not see
  ///
  /// Each term of the bound is a factor times the squared error of the predicted image, and the
  /// factors are the differences of the signal-to-noise ratio, $`(\text{SNR}_{t-1} - \text{SNR}_t)
  /// / 2`$ ([chapter 6](#chapter-6)). If the squared error of a pixel is larger by $`\delta^2`$ at
  /// all timesteps up to $`t`$, or above it, the differences add up to two ratios, and no network
  /// is needed to know the price:
  ///
  /// ```math
  /// \begin{aligned}
  /// \frac{\text{SNR}_1 - \text{SNR}_t}{2 \ln 2}\, \delta^2 &\quad\text{up to } t \\
  /// \frac{\text{SNR}_t - \text{SNR}_T}{2 \ln 2}\, \delta^2 &\quad\text{above } t
  /// \end{aligned}
  /// ```
  ///
  /// Damage a model in two ways. The first one: each predicted pixel is wrong by **one grey level**
  /// of 256, more than the network was anyway. Nobody could see that. It costs a full bit per
  /// dimension. The second one: above $`t = 250`$ the model knows **nothing about digits** but
  /// their mean, whatever the noisy image shows. That is three quarters of the way from noise to
  /// image, and its samples show it (third row). The price is about the same.
  ///
  /// So two models with the same bits may be a perfect one and a useless one for the eye. The bound
  /// is mostly about the last small details, because most of the information in an image is there.
  public void whatBitsDoNotSee(Page page) throws IOException {
    Pipeline model = page.model();
    NoiseSchedule schedule = model.scheduler().schedule();
    int cut = 250;
    double level = 2.0 / 255;
    page.check(
        "A grey level at all timesteps costs, in bits per dimension.",
        (schedule.snr(1) - schedule.snr(1000)) / (2 * Math.log(2)) * level * level,
        1.07,
        Tolerance.digits(2));
    Tensor digits = digits(500);
    Tensor mean = digits.mean(0);
    double square = DoubleStream.of(digits.toDoubles()).map(x -> x * x).sum() / digits.size();
    double ofMean = DoubleStream.of(mean.toDoubles()).map(x -> x * x).sum() / mean.size();
    double error = square - ofMean;
    page.check(
        "The mean digit above t = 250 costs so much, less what the network needs there.",
        (schedule.snr(cut) - schedule.snr(1000)) / (2 * Math.log(2)) * error,
        1.07,
        new Tolerance(0.1, "nearly the same"));

    int count = page.count(8, 2);
    Tensor real = digits(count);
    Tensor grid = Tensor.zeros(3 * count, 28, 28, 1);
    grid.slice(0, count).copyFrom(real);
    Tensor wrong = real.copy();
    for (int i = 0; i < wrong.size(); i++) {
      // To the side where there is a level.
      wrong.data()[i] += (float) (wrong.data()[i] > 0 ? -level : level);
    }
    grid.slice(count, count).copyFrom(wrong);
    grid.slice(2 * count, count).copyFrom(withoutDigits(page, model, mean, cut, count));
    page.figure(
        "Digits; the same, each pixel wrong by one level; samples of a model that knows nothing but"
            + " the mean digit above t = 250.",
        new CaptionedGrid(
            grid, Collections.nCopies(count, ""), List.of("real", "one level", "mean")));
  }

  /// Samples of the model, whose prediction above a timestep is replaced by the mean digit.
  private static Tensor withoutDigits(Page page, Pipeline model, Tensor mean, int cut, int count) {
    Tensor means = Tensor.zeros(count, 28, 28, 1);
    for (int i = 0; i < count; i++) {
      means.at(i).copyFrom(mean.reshape(28, 28, 1));
    }
    try (ShardedUNet network = new ShardedUNet(model.unet(), page.workers())) {
      Denoiser trained = model.scheduler().denoiser(network);
      Denoiser damaged =
          (x, level, timestep) ->
              timestep >= cut
                  ? new Denoised(means, level.epsilon(x, means), Optional.empty())
                  : trained.at(x, level, timestep);
      return new SamplingLoop(damaged, model.scheduler().sampler(page.count(20, 4)))
          .sample(0, 0, Shape.of(count, 28, 28, 1), (_, _, _) -> {});
    }
  }

  /// ## A distance between sets of images
  ///
  /// Heusel et al. 2017 compare the *set* of samples with a set of real images. Each image is
  /// mapped to some features by a classifier, the layer before its last. Both sets of points are
  /// taken for normal distributions, with means $`m_1`$, $`m_2`$ and covariances $`C_1`$, $`C_2`$;
  /// and the distance of two normal distributions is known (equation 6):
  ///
  /// ```math
  /// d^2 = \lVert m_1 - m_2 \rVert^2
  ///     + \mathrm{tr}\left( C_1 + C_2 - 2 (C_1 C_2)^{1/2} \right)
  /// ```
  ///
  /// ([FrechetDistance]). In one dimension it is the squared difference of the means plus that of
  /// the standard deviations: for $`\mathcal N(0, 1)`$ and $`\mathcal N(1, 2^2)`$ it is 2.
  ///
  /// The first thing that it does not see is everything beyond mean and covariance. A fair coin
  /// with the sides −1 and 1 has the mean 0 and the variance 1. Its distance from $`\mathcal N(0,
  /// 1)`$ is 0, though no two sets could look more different.
  public void distance(Page page) {
    int draws = page.count(200_000, 20_000);
    Tensor standard = page.rng().normal(Tensor.zeros(draws, 1));
    Tensor wide = page.rng().normal(Tensor.zeros(draws, 1));
    Tensor coin = wide.copy();
    for (int i = 0; i < draws; i++) {
      coin.data()[i] = Math.signum(wide.data()[i]);
      wide.data()[i] = 1 + 2 * wide.data()[i];
    }
    // The mean has the error 2 / sqrt(n) and is squared: twice that; the deviations as much.
    page.check(
        "N(0, 1) and N(1, 4).",
        FrechetDistance.between(standard, wide),
        2,
        Tolerance.ofMean(6, draws));
    page.check(
        "N(0, 1) and a coin.",
        FrechetDistance.between(standard, coin),
        0,
        new Tolerance(40.0 / draws, "squares of errors of the size of 1 over the root of n"));
  }

  /// ## Its bias
  ///
  /// Bits per dimension are a mean over images: with few images the number is noisy, but right on
  /// average. A distance is not. It is never negative, so for two sets **of the same kind** it can
  /// only be too large: the covariance of 64 features has 2,080 numbers, and none of them is known
  /// exactly. Each of these errors enters as a square, whose mean falls as $`1/n`$. So
  ///
  /// ```math
  /// d^2(n) \approx d^2(\infty) + \frac{c}{n} .
  /// ```
  ///
  /// We measure it between disjoint sets of real digits, whose true distance is 0, with a small
  /// classifier that is trained on the spot. The product $`n\, d^2`$ changes little while $`n`$
  /// grows by a factor of 16. Two consequences: distances may be compared only **at the same n**
  /// (and with the same classifier); and a model that is measured with 50,000 images looks better
  /// than the same model with 10,000. Extrapolating $`1/n`$ to 0 removes most of it (Chong &
  /// Forsyth 2020).
  public void bias(Page page) throws IOException {
    Tensor features = judge(page).features(digits(page.count(6400, 1600)), page.workers());
    int half = features.dim(0) / 2;
    int smallest = half / 16;
    List<Double> counts = new ArrayList<>();
    List<Double> distances = new ArrayList<>();
    Table table = new Table("n", "distance", "n times distance");
    for (int n = smallest; n <= half; n *= 2) {
      double mean = 0;
      int pairs = half / n;
      for (int pair = 0; pair < pairs; pair++) {
        Tensor a = features.slice(2 * pair * n, n);
        Tensor b = features.slice((2 * pair + 1) * n, n);
        mean += FrechetDistance.between(a, b) / pairs;
      }
      counts.add((double) n);
      distances.add(mean);
      table.row(n, mean, n * mean);
    }
    page.table("The distance of n real digits from n others.", table);
    page.check(
        "The exponent of n: the slope of the figure from its first to its last point.",
        Math.log(distances.getLast() / distances.getFirst()) / Math.log(16),
        -1,
        new Tolerance(0.2, "the last distance is that of a single pair of sets"));
    double[] n = counts.stream().mapToDouble(x -> x).toArray();
    double scale = n[0] * distances.getFirst();
    page.figure(
        "The distance of real digits from real digits. The grey line falls as 1/n.",
        new LineChart(
                "Nothing but bias",
                Axis.log("number of images in each set"),
                Axis.log("Frechet distance"),
                Legend.TOP_RIGHT,
                List.of(
                    new Line(
                        "1/n", n, DoubleStream.of(n).map(x -> scale / x).toArray(), Look.GUIDE),
                    new Line(
                        "real digits",
                        n,
                        distances.stream().mapToDouble(x -> x).toArray(),
                        Look.MARKED)))
            .sized(1100, 520));
  }

  /// ## A model that copies
  ///
  /// Now the distance of the model's samples, beside that of as many real digits, and of a fraud: a
  /// "model" that returns training images. The distance sees nothing wrong with it. It is as good
  /// as real images, because it consists of real images. No better distance helps: copies *have*
  /// the right distribution. (Nearly all of the three distances is the bias of the section before.
  /// The model's samples are of each class in turn, which makes their set a little more even than
  /// random digits are, and their distance smaller.)
  ///
  /// What tells the fraud from a good model are images that were held out. A real digit that the
  /// model has never seen lies at some distance from the nearest training image. A sample of a good
  /// model lies about as far; a copy lies at 0. Take all pairs of a sample and a held-out image,
  /// and count in how many the sample is nearer ([Nearness]):
  ///
  /// ```math
  /// P( d_\text{sample} < d_\text{held out} ) + \tfrac12 P( d_\text{sample} = d_\text{held out} )
  /// ```
  ///
  /// New images have one half, copies 1. A value somewhat above one half is no proof of copies:
  /// plain, smooth samples are near to everything.
  ///
  /// The last line of the table is a warning of another kind. The images with **even numbers** in
  /// MNIST's training file are at a distance that no accident explains: the set was mixed from two
  /// collections of writers (LeCun et al. 1998), and it looks as if they took turns. Whoever
  /// measures with each tenth image, to save time, compares with one group alone.
  ///
  /// No number of this chapter stands alone. Bits see what the eye does not; the distance sees sets
  /// and not images; nearness sees copies and nothing else. And somebody should look at the
  /// samples.
  public void copies(Page page) throws IOException {
    int n = page.count(400, 20);
    ImageDataset training = Mnist.train();
    ImageRange learned = new ImageRange(training, 0, page.count(20_000, 1_000));
    Tensor copies = images(training, some(n, learned.count()));
    Tensor held = digits(2 * n);
    Tensor samples =
        page.model()
            .sample(
                SampleRequest.of(n).steps(page.count(8, 3)), page.workers(), ProgressListener.NONE);
    TrainedClassifier judge = judge(page);
    int others = page.count(2000, 500);
    // Others than the copies and the mixed ones, which are the first of this order.
    int[] numbers = IntStream.of(some(3 * others, 50_000)).skip(others).limit(others).toArray();
    Tensor reference = judge.features(images(training, numbers), page.workers());

    Table table = new Table("set", "distance", "nearer to training images");
    double[] distances = new double[3];
    double[] shares = new double[3];
    List<Tensor> sets = List.of(held.slice(0, n), samples, copies);
    for (int i = 0; i < 3; i++) {
      Tensor features = judge.features(sets.get(i), page.workers());
      distances[i] = FrechetDistance.between(features, reference);
      shares[i] = Nearness.of(sets.get(i), held.slice(n, n), learned, page.workers()).share();
      table.row(
          List.of("real, held out", "the model's samples", "copies").get(i),
          distances[i],
          shares[i]);
    }
    int[] even = IntStream.of(some(page.count(400, 200), 25_000)).map(i -> 2 * i).toArray();
    Tensor ofEven = judge.features(images(training, even), page.workers());
    int[] mixed = some(even.length, 50_000);
    Tensor ofMixed = judge.features(images(training, mixed), page.workers());
    double evenDistance = FrechetDistance.between(ofEven, reference);
    table.row("training images of even number", evenDistance, "");
    page.table(n + " images of each kind, beside " + others + " training images.", table);
    page.checkAtMost(
        "The copies' distance over the real digits'.", distances[2] / distances[0], 1.3);
    page.checkAtLeast(
        "The distance of even numbers over that of all numbers.",
        evenDistance / FrechetDistance.between(ofMixed, reference),
        1.3);
    page.check(
        "Half of the held-out digits beside the other half.",
        shares[0],
        0.5,
        new Tolerance(4 * Math.sqrt(1.0 / (6 * n)), "four standard errors of the statistic"));
    page.check("The copies.", shares[2], 1, new Tolerance(0, "a copy is at distance 0"));
    page.checkAtMost("The model: no copies.", shares[1], 0.9);
    page.figure("Samples of the model.", ImageGrid.of(samples.slice(0, 20), 10));
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) throws IOException {
    page.question(
        "A report has a distance of 12 with 1,000 samples and of 7 with 2,000. What is it with so"
            + " many samples that it no longer changes?",
        "d + c/1000 = 12 and d + c/2000 = 7: c = 10,000, and d = 2.",
        2 * 7 - 12,
        2,
        Tolerance.DOUBLES);
    page.question(
        "One half of a model's samples are copies of training images, the other half are as new as"
            + " held-out digits. What is the share of pairs in which the sample is nearer?",
        "Copies win always and the others in one half of the pairs: 0.5 + 0.25 = 0.75.",
        0.5 * 1 + 0.5 * 0.5,
        0.75,
        Tolerance.DOUBLES);
    page.question(
        "By how many bits per dimension does the bound rise if each predicted pixel is wrong by two"
            + " grey levels, in the place of one?",
        "The square is four times as large: 4.30 bits in the place of 1.07.",
        NoiseSchedule.cosine(1000).snr(1) / (2 * Math.log(2)) * Math.pow(4.0 / 255, 2),
        4.30,
        Tolerance.digits(2));
  }

  /// A classifier that has learned for seconds, from digits that are not compared here: the
  /// features of those that it knows by heart would differ.
  private static TrainedClassifier judge(Page page) throws IOException {
    ImageDataset training = Mnist.train();
    ImageRange test = new ImageRange(Mnist.test(), 0, 100);
    return TrainedClassifier.train(
        new FrechetData(
            "MNIST",
            new RealImages("test images", test),
            Optional.empty(),
            new ImageRange(training, 50_000, page.count(4800, 640)),
            test),
        page.workers(),
        (_, _) -> {});
  }

  /// Some test digits.
  private static Tensor digits(int count) throws DataException {
    ImageDataset test = Mnist.test();
    return images(test, some(count, test.count()));
  }

  /// Different numbers from all parts of a set, in no order: MNIST's halves are of different
  /// writers, and so are its even and odd numbers. The step has no divisor in common with any of
  /// the counts here.
  private static int[] some(int count, int of) {
    return IntStream.range(0, count).map(i -> i * 7919 % of).toArray();
  }

  private static Tensor images(ImageDataset data, int[] numbers) {
    return data.images(numbers, Tensor.zeros(Mnist.IMAGE.batch(numbers.length).dims()));
  }

  /// The bytes of images after compression.
  private static int deflated(Tensor images) {
    byte[] levels = new byte[images.size()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) PixelScale.level(images.data()[i]);
    }
    try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
      deflater.setInput(levels);
      deflater.finish();
      return deflater.deflate(new byte[levels.length]);
    }
  }
}
