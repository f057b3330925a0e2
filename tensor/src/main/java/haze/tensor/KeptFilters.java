package haze.tensor;

import haze.tensor.kernel.Winograd;
import haze.tensor.kernel.WinogradPlan;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/// The filters of 3x3 convolutions as Winograd's method multiplies them, `G g G^T`, kept while a
/// network is evaluated again and again with the same weights. To transform them takes about as
/// long as to multiply them for one small image.
///
/// They take four times the memory of the weights. Threads may share one; the results are the same
/// bits as without.
public final class KeptFilters implements AutoCloseable {
  /// Most floats of all filters, 256 MiB. Those for which there is no room are transformed at each
  /// use.
  private static final long MOST = 1 << 26;

  private final BufferPool pool;
  private final long most;
  private final IdentityHashMap<Tensor, float[]> filters = new IdentityHashMap<>();
  private long floats;

  /// @param pool lends the memory until [#close]; used by nobody else at that time
  public KeptFilters(BufferPool pool) {
    this(pool, MOST);
  }

  /// @param most floats of all filters
  KeptFilters(BufferPool pool, long most) {
    this.pool = pool;
    this.most = most;
  }

  /// {@return the transformed filters, made at the first call, or null if there is no room}
  ///
  /// @param weight `[3, 3, cin, cout]`, the same object at each call, whose elements do not change
  /// @param plan of a convolution with these weights
  synchronized float @Nullable [] of(Tensor weight, WinogradPlan plan) {
    float[] known = filters.get(weight);
    if (known != null || floats + plan.filters() > most) {
      return known;
    }
    float[] made = pool.take(plan.filters());
    float[] scratch = pool.borrow(plan.scratch());
    Winograd.filters(plan, weight.data(), weight.offset(), made, scratch);
    pool.giveBack(scratch);
    filters.put(weight, made);
    floats += made.length;
    return made;
  }

  /// Gives the memory back. Nothing is kept afterwards, until the next call of [#of].
  @Override
  public synchronized void close() {
    filters.values().forEach(pool::give);
    filters.clear();
    floats = 0;
  }
}
