package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import haze.tensor.kernel.WinogradPlan;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

public class KeptFiltersTest {
  /// Memory full of NaN that keeps filters.
  private record Keeping(DirtyAllocatorFixture memory, KeptFilters keptFilters)
      implements Allocator {
    @Override
    public Tensor allocate(Shape shape) {
      return memory.allocate(shape);
    }

    @Override
    public float[] borrow(int length) {
      return memory.borrow(length);
    }

    @Override
    public void giveBack(float[] array) {
      memory.giveBack(array);
    }
  }

  @Provide
  Arbitrary<ConvolutionFixture> cases() {
    return ConvolutionFixture.any();
  }

  @Property(tries = 100)
  void theOutputHasTheSameBits(@ForAll("cases") ConvolutionFixture c, @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor w = samples.normal(c.weight());
    Tensor bias = samples.normal(c.cout());
    Tensor residual = samples.normal(c.output());
    var keeping = new Keeping(new DirtyAllocatorFixture(), new KeptFilters(new BufferPool()));
    for (int evaluation = 0; evaluation < 2; evaluation++) {
      Tensor x = samples.normal(c.images());
      assertArrayEquals(
          c.operation().forward(Allocator.HEAP, x, w, bias, null, residual).toArray(),
          c.operation().forward(keeping, x, w, bias, null, residual).toArray());
    }
    keeping.memory.check();
  }

  @Test
  void filtersServeImagesOfAnyNumberAndSize() {
    var filters = new KeptFilters(new BufferPool());
    Tensor w = new SamplesFixture(1).normal(3, 3, 32, 160);
    float[] first = filters.of(w, plan(1, 4));
    assertNotNull(first);
    assertSame(first, filters.of(w, plan(20, 28)));
    assertEquals(plan(1, 4).filters(), plan(20, 28).filters());
  }

  @Test
  void changedWeightsCountOnceFiltersWereGivenBack() {
    var pool = new BufferPool();
    var keeping = new Keeping(new DirtyAllocatorFixture(), new KeptFilters(pool));
    var samples = new SamplesFixture(1);
    Convolution convolution = Convolution.of(1, 1);
    Tensor x = samples.normal(2, 8, 8, 16);
    Tensor w = samples.normal(3, 3, 16, 16);
    Tensor bias = samples.normal(16);
    convolution.forward(keeping, x, w, bias);
    w.copyFrom(samples.normal(3, 3, 16, 16));
    keeping.keptFilters.close();
    long free = pool.bytes();
    assertArrayEquals(
        convolution.forward(Allocator.HEAP, x, w, bias).toArray(),
        convolution.forward(keeping, x, w, bias).toArray());
    keeping.keptFilters.close();
    assertEquals(free, pool.bytes());
  }

  @Test
  void filtersWithoutRoomAreNotKept() {
    var filters = new KeptFilters(new BufferPool(), 2L * plan(1, 4).filters() - 1);
    var samples = new SamplesFixture(1);
    Tensor w = samples.normal(3, 3, 32, 160);
    float[] first = filters.of(w, plan(1, 4));
    assertNotNull(first);
    assertNull(filters.of(samples.normal(3, 3, 32, 160), plan(1, 4)));
    assertSame(first, filters.of(w, plan(1, 4)));
  }

  private static WinogradPlan plan(int images, int edge) {
    return WinogradPlan.forward(ConvolutionFixture.same3x3(images, edge, edge, 32, 160).sizes());
  }
}
