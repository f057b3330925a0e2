package haze.diffusion.pipeline;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.sampler.Network;
import haze.nn.unet.UNet;
import haze.tensor.BufferPool;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// A network at work in sampling: the batch is cut into shards, which the threads share out.
///
/// The cut does not depend on the number of threads, so neither do the results. Used by one caller
/// at a time.
///
/// A network that knows of labels is asked for pictures of a class. Guidance makes them more
/// typical of it, and less varied, by going further from what the network says without a class to
/// what it says with it (Ho and Salimans 2022, "Classifier-Free Diffusion Guidance", eq. 6, where
/// `scale = 1 + w`):
///
/// ```
/// output = output(no class) + scale (output(class) - output(no class))
/// ```
///
/// The network's last label stands for no class, as `haze train` makes it.
public final class UNetDenoiser implements Network {
  /// Most images of a shard: enough to keep the kernels busy, few enough for the caches. With few
  /// images it is fewer, so that every thread has some.
  public static final int SHARD = 16;

  /// The scale at which the network's answer is taken as it is.
  public static final double UNGUIDED = 1;

  private final UNet unet;
  private final Workers workers;
  private final double scale;

  /// One an image, or empty: no class for all.
  private final int[] labels;

  /// Memory for each thread, used again at every step.
  private final List<BufferPool> pools;

  /// A network and the threads that compute it. If the network knows of labels, it is asked for
  /// pictures of no class.
  ///
  /// @param unet the network; nothing is recorded, and its parameters stay as they are
  /// @param workers the threads, which the caller closes
  public UNetDenoiser(UNet unet, Workers workers) {
    this(unet, workers, UNGUIDED);
  }

  /// A network that is asked for pictures of some classes, and the threads that compute it.
  ///
  /// @param unet the network
  /// @param workers the threads, which the caller closes
  /// @param scale how far to go towards the class: 1 is without guidance, and half the work
  /// @param labels the class of every image of the batches to come; none for no class
  /// @throws IllegalArgumentException if there are labels of which the network does not know, or
  ///   the scale is no number
  public UNetDenoiser(UNet unet, Workers workers, double scale, int... labels) {
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
    this.labels = labels.clone();
    this.pools = Stream.generate(BufferPool::new).limit(workers.threads()).toList();
  }

  @Override
  public Tensor predict(Tensor xt, double timestep) {
    float[] timesteps = new float[xt.dim(0)];
    Arrays.fill(timesteps, (float) timestep);
    return predict(xt, timesteps, labels);
  }

  /// Says what it sees in images that are each at a noise level of their own, and of these classes
  /// in the place of those that the denoiser was made with.
  ///
  /// @param xt noisy images, `[n, h, w, c]`; not to be changed
  /// @param timesteps the timestep of each as networks count, 0..T-1
  /// @param asked the class of each; none for no class
  /// @return the prediction, `[n, h, w, outChannels]`
  /// @throws IllegalArgumentException if there are not as many timesteps or classes as images
  public Tensor predict(Tensor xt, float[] timesteps, int... asked) {
    Tensor output = Tensor.zeros(xt.shape().with(-1, unet.config().outChannels()).dims());
    int images = xt.dim(0);
    if (timesteps.length != images || (asked.length != 0 && asked.length != images)) {
      throw new IllegalArgumentException(
          "denoiser: "
              + timesteps.length
              + " timesteps and "
              + asked.length
              + " labels for images "
              + xt.shape());
    }
    int rounds = Math.max(1, Math.ceilDiv(images, SHARD * workers.threads()));
    int size = Math.max(1, Math.ceilDiv(images, rounds * workers.threads()));
    workers.run(
        Math.ceilDiv(images, size),
        (shard, worker) -> {
          int from = shard * size;
          int count = Math.min(size, images - from);
          float[] times = Arrays.copyOfRange(timesteps, from, from + count);
          try (Tape tape = Tape.off(pools.get(worker))) {
            Variable x = tape.constant(xt.slice(from, count));
            int[] none = none(count);
            boolean isAsked = asked.length != 0;
            int[] classes = isAsked ? Arrays.copyOfRange(asked, from, from + count) : none;
            Tensor said = unet.forward(tape, x, times, classes).value();
            if (isAsked && scale != UNGUIDED) {
              guide(said, unet.forward(tape, x, times, none).value(), xt.dim(-1));
            }
            output.slice(from, count).copyFrom(said);
          }
        });
    return output;
  }

  /// The labels that tell the network nothing.
  private int[] none(int count) {
    int known = unet.config().numClassEmbeds().orElse(0);
    int[] none = new int[known == 0 ? 0 : count];
    Arrays.fill(none, known - 1);
    return none;
  }

  /// Moves the prediction; a learned variance, in the channels behind it, stays as it is.
  private void guide(Tensor said, Tensor unasked, int channels) {
    int all = said.dim(-1);
    for (int i = 0; i < said.size(); i++) {
      if (i % all < channels) {
        float without = unasked.data()[unasked.offset() + i];
        int at = said.offset() + i;
        said.data()[at] = (float) (without + scale * (said.data()[at] - without));
      }
    }
  }
}
