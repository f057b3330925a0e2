package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// The least friendly allocator that keeps the contract of [Allocator]: memory is full of NaN, as a
/// pool's may be, results lie somewhere inside a larger array, and scratch arrays are longer than
/// asked for. A result that depends on zeroed memory becomes NaN, and [#check] finds what is
/// written outside a result or not given back.
public final class DirtyAllocatorFixture implements Allocator {
  private static final int BEFORE = 5;
  private static final int BEHIND = 37;
  private static final int NAN = Float.floatToRawIntBits(Float.NaN);

  private final List<Tensor> results = new ArrayList<>();
  private final Set<float[]> borrowed = Collections.newSetFromMap(new IdentityHashMap<>());

  @Override
  public Tensor allocate(Shape shape) {
    Tensor result = Tensor.wrap(shape, dirty(BEFORE + shape.size() + BEHIND), BEFORE);
    results.add(result);
    return result;
  }

  @Override
  public float[] borrow(int length) {
    float[] array = dirty(length + BEHIND);
    borrowed.add(array);
    return array;
  }

  @Override
  public void giveBack(float[] array) {
    assertTrue(borrowed.remove(array), "gave back an array that was not borrowed");
    Arrays.fill(array, Float.NaN);
  }

  /// Fails if memory beside a result was written or a borrowed array was kept.
  public void check() {
    assertEquals(0, borrowed.size(), "arrays not given back");
    for (Tensor result : results) {
      for (int i = 0; i < result.data().length; i++) {
        boolean inside = i >= result.offset() && i < result.offset() + result.size();
        assertTrue(
            inside || Float.floatToRawIntBits(result.data()[i]) == NAN,
            "written beside a result of shape " + result.shape());
      }
    }
  }

  private static float[] dirty(int length) {
    float[] array = new float[length];
    Arrays.fill(array, Float.NaN);
    return array;
  }
}
