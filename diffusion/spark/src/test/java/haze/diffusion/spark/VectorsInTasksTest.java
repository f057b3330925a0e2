package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.Allocator;
import haze.tensor.MatMul;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import scala.Function1;
import scala.collection.Iterator;
import scala.reflect.ClassTag;

/// The kernels, and with them the Vector API, work in Spark's tasks.
class VectorsInTasksTest {
  private static final int LENGTH = 100;

  /// The sum of 0 to `LENGTH` - 1.
  private static final float SUM = LENGTH * (LENGTH - 1) / 2;

  @Test
  void tasksOfABarrierStageMultiply() {
    var conf =
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("vectors in tasks")
            .set("spark.driver.host", "localhost")
            .set("spark.ui.enabled", "false");
    try (var spark = new JavaSparkContext(conf)) {
      ClassTag<Float> floats = ClassTag.apply(Float.class);
      Function1<Iterator<Float>, Iterator<Float>> task =
          (Function1<Iterator<Float>, Iterator<Float>> & Serializable)
              factors -> Iterator.single(dot(factors.next()));
      List<Float> products =
          spark
              .parallelize(List.of(1f, 2f), 2)
              .rdd()
              .barrier()
              .mapPartitions(task, false, floats)
              .toJavaRDD()
              .collect();
      assertEquals(List.of(2 * SUM, 4 * SUM), products);
    }
  }

  /// {@return the product of (0, 1, 2, ...) times a factor and (n, n, ...), of n tasks}
  private static float dot(float factor) {
    Tensor a = Tensor.zeros(1, LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      a.set(factor * i, 0, i);
    }
    int tasks = BarrierTaskContext.get().getTaskInfos().length;
    Tensor b = Tensor.full(tasks, LENGTH, 1);
    Tensor c = MatMul.multiply(Allocator.HEAP, a, false, b, false);
    assertEquals(Shape.of(1, 1), c.shape());
    return c.get(0, 0);
  }
}
