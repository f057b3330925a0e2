package haze.diffusion.data;

import haze.diffusion.data.image.Levels;
import haze.diffusion.io.Quantities;
import haze.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Images that are decoded, cropped and scaled when they are used.
///
/// If all of them fit into a quarter of the heap, each is decoded once and kept as levels.
/// [#prepare] decodes ahead, on a thread of its own; what waits there takes no more than a
/// sixteenth of the heap.
///
/// An image that cannot be read is noted, and the next one that can stands in its place: that
/// depends on the data alone.
final class DecodedImages implements Pixels {
  /// So many images, spread evenly, say which size and channels all have.
  private static final int PROBES = 8;

  private static final int KEPT_SHARE = 4;
  private static final int AHEAD_SHARE = 16;
  private static final int IDLE_SECONDS = 5;

  private static final byte UNKNOWN = 0;
  private static final byte GOOD = 1;

  private final LevelReader reader;
  private final Shape image;
  private final boolean converted;
  private final DataOptions options;
  private final Unreadable unreadable;
  private final @Nullable AtomicReferenceArray<byte[]> kept;
  private final int mostAhead;
  private final Map<Integer, FutureTask<byte[]>> ahead = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor decoder;

  /// Of each image whether it is known that it can be read. Two threads may find out at once.
  private final byte[] state;

  private final Map<Integer, Integer> substitutes = new ConcurrentHashMap<>();

  private DecodedImages(
      LevelReader reader,
      Shape image,
      boolean converted,
      DataOptions options,
      Unreadable unreadable) {
    this.reader = reader;
    this.image = image;
    this.converted = converted;
    this.options = options;
    this.unreadable = unreadable;
    int count = reader.count();
    long heap = Runtime.getRuntime().maxMemory();
    kept =
        (long) count * image.size() <= heap / KEPT_SHARE ? new AtomicReferenceArray<>(count) : null;
    mostAhead = Math.clamp(heap / AHEAD_SHARE / image.size(), 1, Integer.MAX_VALUE);
    state = new byte[count];
    decoder =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> Thread.ofPlatform().name("haze-decoder").daemon().unstarted(task));
    decoder.allowCoreThreadTimeOut(true);
  }

  /// The images of a reader, in the size and with the channels of the options; if those name none,
  /// as they are, which then is the same for all.
  ///
  /// @throws DataException if no image can be read, or some that were looked at have other sizes
  static DecodedImages of(String name, LevelReader reader, DataOptions options)
      throws DataException {
    if (reader.count() == 0) {
      throw new DataException(name, "holds no image");
    }
    int channels = 0;
    @Nullable Shape first = null;
    Set<Shape> shapes = new HashSet<>();
    @Nullable IOException failure = null;
    int probes = Math.min(PROBES, reader.count());
    for (int probe : Spread.over(reader.count(), probes)) {
      try {
        Shape shape = reader.read(probe).shape();
        channels = Math.max(channels, shape.dim(2));
        shapes.add(shape);
        if (first == null) {
          first = shape;
        } else if (options.size().isEmpty() && !isOfSize(shape, first)) {
          throw new DataException(
              name,
              "holds images of "
                  + size(first)
                  + " and of "
                  + size(shape)
                  + ": --size N or WxH makes them one size");
        }
      } catch (DataException e) {
        throw e;
      } catch (IOException e) {
        failure = e;
      }
    }
    if (first == null) {
      throw new DataException(
          name,
          "holds no image that can be read: " + (failure == null ? "" : failure.getMessage()));
    }
    Shape own = first;
    Shape image =
        Shape.of(
            options.size().map(ImageSize::height).orElseGet(() -> own.dim(0)),
            options.size().map(ImageSize::width).orElseGet(() -> own.dim(1)),
            options.color().channels(channels));
    return new DecodedImages(
        reader, image, !shapes.equals(Set.of(image)), options, new Unreadable());
  }

  /// The images of another data set in another size, or with other channels: its values become
  /// levels.
  static DecodedImages of(Pixels pixels, Shape image, DataOptions options) {
    return new DecodedImages(new OfPixels(pixels), image, true, options, new Unreadable());
  }

  private record OfPixels(Pixels pixels) implements LevelReader {
    @Override
    public int count() {
      return pixels.count();
    }

    @Override
    public String name(int index) {
      return pixels.name(index);
    }

    @Override
    public Levels read(int index) {
      float[] values = new float[pixels.image().size()];
      pixels.copy(index, values, 0);
      return new Levels(pixels.image(), PixelScale.levels(values));
    }

    @Override
    public String format(int index) {
      return "array";
    }

    @Override
    public boolean isOfFiles() {
      return false;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
  private record Some(LevelReader all, int[] indices) implements LevelReader {
    @Override
    public int count() {
      return indices.length;
    }

    @Override
    public String name(int index) {
      return all.name(indices[index]);
    }

    @Override
    public Levels read(int index) throws IOException {
      return all.read(indices[index]);
    }

    @Override
    public String format(int index) throws IOException {
      return all.format(indices[index]);
    }

    @Override
    public boolean isOfFiles() {
      return all.isOfFiles();
    }
  }

  private static boolean isOfSize(Shape shape, Shape other) {
    return shape.dim(0) == other.dim(0) && shape.dim(1) == other.dim(1);
  }

  private static String size(Shape shape) {
    return shape.dim(1) + " x " + shape.dim(0);
  }

  @Override
  public int count() {
    return reader.count();
  }

  @Override
  public Shape image() {
    return image;
  }

  /// Some of the images, which are decoded apart: another part never takes the place of an image.
  @Override
  public Pixels subset(int... indices) {
    return new DecodedImages(new Some(reader, indices), image, converted, options, unreadable);
  }

  @Override
  public boolean isConverted() {
    return converted;
  }

  @Override
  public Optional<LevelReader> reader() {
    return Optional.of(reader).filter(LevelReader::isOfFiles);
  }

  @Override
  public Unreadable unreadable() {
    return unreadable;
  }

  @Override
  public String name(int index) {
    return reader.name(source(index));
  }

  @Override
  public void copy(int index, float[] to, int at) {
    PixelScale.values(levels(index), to, at);
  }

  @Override
  public int source(int index) {
    if (state[index] != GOOD && !substitutes.containsKey(index)) {
      levels(index);
    }
    return substitutes.getOrDefault(index, index);
  }

  @Override
  public void prepare(int... indices) {
    for (int index : indices) {
      boolean known = kept != null && kept.get(index) != null;
      if (!known && ahead.size() < mostAhead) {
        ahead.computeIfAbsent(index, this::scheduled);
      }
    }
  }

  private FutureTask<byte[]> scheduled(int index) {
    FutureTask<byte[]> task = new FutureTask<>(() -> decoded(index));
    decoder.execute(task);
    return task;
  }

  private byte[] levels(int index) {
    byte @Nullable [] known = kept == null ? null : kept.get(index);
    if (known != null) {
      return known;
    }
    @Nullable FutureTask<byte[]> task = ahead.remove(index);
    if (task == null) {
      return decoded(index);
    }
    // If the decoder has not come to it, this thread does it.
    task.run();
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while an image was decoded", e);
    }
  }

  /// The levels of an image, or of the next that can be read.
  private byte[] decoded(int index) {
    int count = reader.count();
    for (int i = 0; i < count; i++) {
      int candidate = (index + i) % count;
      if (substitutes.containsKey(candidate)) {
        continue;
      }
      byte @Nullable [] levels = tried(candidate);
      if (levels != null) {
        if (candidate != index) {
          substitutes.put(index, candidate);
        }
        if (kept != null) {
          kept.set(index, levels);
        }
        return levels;
      }
    }
    String problem = "none of " + Quantities.counted(count, "image") + " can be read";
    throw new UncheckedIOException(problem, new IOException(problem));
  }

  private byte @Nullable [] tried(int index) {
    try {
      Levels levels = reader.read(index);
      boolean deviates = options.size().isEmpty() && !isOfSize(levels.shape(), image);
      boolean coloured = image.dim(2) < levels.shape().dim(2);
      if (deviates || (coloured && options.color() == ColorChoice.AS_IS)) {
        throw new DataException(
            reader.name(index),
            deviates
                ? "is "
                    + size(levels.shape())
                    + ", expected "
                    + size(image)
                    + " as the others; --size makes them one size"
                : "is in colour, expected grey as the others; --color says which");
      }
      state[index] = GOOD;
      return levels.fit(image.dim(0), image.dim(1)).channels(image.dim(2)).bytes();
    } catch (IOException e) {
      if (options.strict()) {
        throw new UncheckedIOException(e.getMessage(), e);
      }
      if (state[index] == UNKNOWN && substitutes.putIfAbsent(index, index) == null) {
        unreadable.add(String.valueOf(e.getMessage()));
      }
      return null;
    }
  }
}
