package haze.diffusion.spark;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.PackedImages;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/// What Spark runs in each task of the barrier stage: a [Member].
final class BarrierWork extends AbstractFunction1<Iterator<Integer>, Iterator<Integer>>
    implements Serializable {
  private static final long serialVersionUID = 1;

  private final TaskPlan plan;
  private final @Nullable Broadcast<PackedImages> images;
  private final LongAccumulator steps;
  private final LongAccumulator bytes;

  /// @param images images in memory; null if each task reads them
  /// @param steps counts the steps
  /// @param bytes counts what tasks send to each other
  BarrierWork(
      TaskPlan plan,
      @Nullable Broadcast<PackedImages> images,
      LongAccumulator steps,
      LongAccumulator bytes) {
    this.plan = plan;
    this.images = images;
    this.steps = steps;
    this.bytes = bytes;
  }

  @Override
  public Iterator<Integer> apply(Iterator<Integer> numbers) {
    int own = BarrierTaskContext.get().partitionId();
    try {
      Member.run(plan, own, this::images, sent -> count(own, sent));
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
    return numbers;
  }

  private Optional<ImageDataset> images() {
    return images == null ? Optional.empty() : Optional.of(images.value().unpack());
  }

  private void count(int own, long sent) {
    bytes.add(sent);
    if (own == 0) {
      steps.add(1);
    }
  }
}
