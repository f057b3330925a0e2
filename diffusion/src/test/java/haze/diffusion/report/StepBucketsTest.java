package haze.diffusion.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StepBucketsTest {
  @Test
  void fewRowsStayAsTheyAre() {
    StepBuckets buckets = new StepBuckets(1);
    buckets.add(3, new double[] {0.5});
    buckets.add(7, new double[] {0.25});
    assertEquals(List.of(3L, 7L), buckets.steps(0));
    assertEquals(List.of(0.5f, 0.25f), buckets.means(0, 0));
    assertEquals(List.of(0.25f), buckets.means(0, 1));
    assertEquals(1, buckets.size());
  }

  @Property(tries = 40)
  void manyRowsKeepEverySpikeAndTheMean(
      @ForAll @IntRange(min = 1, max = 9000) int rows,
      @ForAll @IntRange(min = 0, max = 8999) int at) {
    StepBuckets buckets = new StepBuckets(1);
    for (int i = 0; i < rows; i++) {
      buckets.add(i + 1L, new double[] {i == at ? 1000 : i % 2});
    }
    assertTrue(buckets.buckets() <= StepBuckets.MAX);
    assertTrue(rows <= StepBuckets.MAX || buckets.buckets() > StepBuckets.MAX / 2);
    assertEquals(rows, buckets.steps(0).getLast());
    if (at < rows) {
      List<Float> maxs = buckets.maxs(0, 0).stream().map(Objects::requireNonNull).toList();
      assertEquals(1000f, Collections.max(maxs));
      long end = buckets.steps(0).get(maxs.indexOf(1000f));
      assertTrue(at < end && at >= end - buckets.size(), at + " is not in the bucket up to " + end);
    } else if (buckets.size() > 1) {
      assertEquals(0.5f, buckets.means(0, 0).getFirst());
      assertEquals(0f, buckets.mins(0, 0).getFirst());
    }
  }

  @Test
  void whatIsNotFiniteIsLeftOut() {
    StepBuckets buckets = new StepBuckets(2);
    for (int i = 0; i <= StepBuckets.MAX; i++) {
      buckets.add(i, new double[] {i == 0 ? Double.NaN : 4, Double.POSITIVE_INFINITY});
    }
    assertEquals(2, buckets.size());
    assertEquals(4f, buckets.means(0, 0).getFirst());
    assertEquals(4f, buckets.mins(0, 0).getFirst());
    assertNull(buckets.means(1, 0).getFirst());
    assertNull(buckets.maxs(1, 0).getFirst());
  }
}
