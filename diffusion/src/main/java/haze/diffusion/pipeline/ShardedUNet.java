package haze.diffusion.pipeline;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.sampler.Network;
import haze.nn.unet.UNet;
import haze.tensor.BufferPool;
import haze.tensor.KeptFilters;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/// A U-Net as a [Network]: a batch is cut into shards, which the threads share.
///
/// An image's output does not depend on the cut, so results do not depend on the number of threads.
/// Used by one caller at a time. It keeps transformed filters ([KeptFilters]) from one evaluation
/// to the next, until [#close].
///
/// A U-Net with labels is conditioned on the class of each image. Classifier-free guidance makes
/// samples more typical of the class, and less varied, by extrapolating from the output without a
/// class to that with it (Ho and Salimans 2022, eq. 6, where `scale = 1 + w`):
///
/// ```
/// output = output(no class) + scale (output(class) - output(no class))
/// ```
///
/// Which label stands for no class is known to the network, see
/// [haze.nn.unet.UNetConfig#noClassLabel]; if none does, every image needs a class, and there is no
/// guidance.
public final class ShardedUNet implements Network, AutoCloseable {
  /// Most images of a shard: enough to keep the kernels busy, few enough for the caches. With few
  /// images it is fewer, so that every thread has some.
  public static final int SHARD = 16;

  /// Pixels of images of which a thread has [#imagesPerThread] in the memory of `haze` by default.
  private static final int PIXELS_PER_THREAD = 2 * SHARD * 32 * 32;

  /// How often, at most, an image is evaluated alone before the first batch of a process.
  private static final int WARM_UP = 8;

  /// Most pixels of such an image: slow code has much to do for a larger one.
  private static final int WARM_UP_PIXELS = 32 * 32;

  /// Whether that was done in this process.
  private static final AtomicBoolean WARM = new AtomicBoolean();

  /// The guidance scale without guidance.
  public static final double UNGUIDED = 1;

  private final UNet unet;
  private final Workers workers;
  private final double scale;
  private final KeptFilters filters;

  /// One an image, or empty: no class for all.
  private final int[] labels;

  /// {@return how many images of a batch each thread has at a time if nothing else is said: two
  /// shards, fewer of images larger than 32 x 32, so that the memory does not grow with their size}
  ///
  /// @param image the shape of one, `[h, w, c]`
  public static int imagesPerThread(Shape image) {
    long pixels = (long) image.dim(0) * image.dim(1);
    return Math.clamp(PIXELS_PER_THREAD / pixels, 1, 2 * SHARD);
  }

  /// A network that is conditioned on no class, if it has labels.
  ///
  /// @param unet the U-Net; nothing is recorded, and its parameters stay as they are until [#close]
  /// @param workers the threads, which the caller closes
  public ShardedUNet(UNet unet, Workers workers) {
    this(unet, workers, UNGUIDED);
  }

  /// A network that is conditioned on classes.
  ///
  /// @param unet the U-Net
  /// @param workers the threads, which the caller closes
  /// @param scale the guidance scale: 1 is without guidance, and half the work; 0 is no class, at
  ///   half the work too
  /// @param labels the class of every image of the batches to come; none for no class
  /// @throws IllegalArgumentException if there are labels that the U-Net does not have, or the
  ///   scale is not finite
  public ShardedUNet(UNet unet, Workers workers, double scale, int... labels) {
    int known = unet.config().numClassEmbeds().orElse(0);
    for (int label : labels) {
      if (label < 0 || label >= known) {
        throw new IllegalArgumentException(
            "denoiser: the network knows of " + known + " labels, there is no " + label);
      }
    }
    if (!Double.isFinite(scale)) {
      throw new IllegalArgumentException("denoiser: guidance is " + scale);
    }
    this.unet = unet;
    this.workers = workers;
    this.scale = scale;
    filters = new KeptFilters(workers.sharedPool());
    this.labels = labels.clone();
  }

  @Override
  public Tensor predict(Tensor xt, double timestep) {
    float[] timesteps = new float[xt.dim(0)];
    Arrays.fill(timesteps, (float) timestep);
    return predict(xt, timesteps, labels);
  }

  /// Evaluates the network for images that are each at a noise level of their own, and of these
  /// classes in the place of those that it was made with.
  ///
  /// @param xt noisy images, `[n, h, w, c]`; not to be changed
  /// @param timesteps the timestep of each as networks count, 0..T-1
  /// @param classes the class of each; none for no class
  /// @return the output, `[n, h, w, outChannels]`
  /// @throws IllegalArgumentException if there are not as many timesteps or classes as images
  public Tensor predict(Tensor xt, float[] timesteps, int... classes) {
    Tensor output = Tensor.zeros(xt.shape().with(-1, unet.config().outChannels()).dims());
    int images = xt.dim(0);
    if (timesteps.length != images || (classes.length != 0 && classes.length != images)) {
      throw new IllegalArgumentException(
          "denoiser: "
              + timesteps.length
              + " timesteps and "
              + classes.length
              + " labels for images "
              + xt.shape());
    }
    int rounds = Math.max(1, Math.ceilDiv(images, SHARD * workers.threads()));
    int size = Math.max(1, Math.ceilDiv(images, rounds * workers.threads()));
    if (size > 1 && xt.dim(1) * xt.dim(2) <= WARM_UP_PIXELS && !WARM.getAndSet(true)) {
      warmUp(Math.min(WARM_UP, size), xt, timesteps, classes, output);
    }
    workers.run(
        Math.ceilDiv(images, size),
        (shard, worker) -> {
          int from = shard * size;
          int count = Math.min(size, images - from);
          evaluate(xt, timesteps, classes, from, count, workers.pool(worker), output);
        });
    return output;
  }

  /// Evaluates the network some times for the first image of a batch alone. In a new process the
  /// JVM begins to compile the kernels then, and slow code has the work of one image meanwhile, not
  /// of all; what that saves is in benchmarks/README.md.
  private void warmUp(int times, Tensor xt, float[] timesteps, int[] classes, Tensor output) {
    for (int i = 0; i < times; i++) {
      workers.run(
          1,
          (shard, worker) -> evaluate(xt, timesteps, classes, 0, 1, workers.pool(worker), output));
    }
  }

  /// Writes the output for some images of a batch.
  private void evaluate(
      Tensor xt,
      float[] timesteps,
      int[] classes,
      int from,
      int count,
      BufferPool pool,
      Tensor output) {
    float[] times = Arrays.copyOfRange(timesteps, from, from + count);
    try (Tape tape = Tape.off(pool, filters)) {
      Variable x = tape.constant(xt.slice(from, count));
      // At scale 0 the class has no share, in the learned variance neither.
      boolean conditional = classes.length != 0 && scale != 0;
      int[] own = conditional ? Arrays.copyOfRange(classes, from, from + count) : none(count);
      Tensor guided = unet.forward(tape, x, times, own).value();
      if (conditional && scale != UNGUIDED) {
        guide(guided, unet.forward(tape, x, times, none(count)).value(), xt.dim(-1));
      }
      output.slice(from, count).copyFrom(guided);
    }
  }

  /// Gives memory back; to forget it costs the reuse of that memory, nothing else.
  @Override
  public void close() {
    filters.close();
  }

  /// The labels of no class.
  private int[] none(int count) {
    if (unet.config().numClassEmbeds().isEmpty()) {
      return new int[0];
    }
    int[] none = new int[count];
    Arrays.fill(
        none,
        unet.config()
            .noClassLabel()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "denoiser: every label of the network is a class, expected that of each"
                            + " image")));
    return none;
  }

  /// Moves the prediction; a learned variance, in the channels behind it, stays as it is.
  private void guide(Tensor conditional, Tensor unconditional, int channels) {
    int all = conditional.dim(-1);
    for (int i = 0; i < conditional.size(); i++) {
      if (i % all < channels) {
        float without = unconditional.data()[unconditional.offset() + i];
        int at = conditional.offset() + i;
        conditional.data()[at] = (float) (without + scale * (conditional.data()[at] - without));
      }
    }
  }
}
