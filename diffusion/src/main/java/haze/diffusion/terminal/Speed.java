package haze.diffusion.terminal;

import java.util.ArrayDeque;
import java.util.Deque;

/// The speed of counted work, and whether it is steady enough to say how much time is left.
///
/// The first seconds of a program are slow, because the JVM is still compiling its loops. An
/// estimate that counts them tells of hours where minutes are left. So the speed is steady only
/// when that of the last second and that of the second before agree; what came earlier is then
/// forgotten.
final class Speed {
  /// The speed is that of about so long: it does not jump from one step to the next.
  private static final long WINDOW = 15_000_000_000L;

  private static final long MARK_INTERVAL = 500_000_000;
  private static final long SPAN = 1_000_000_000L;

  /// Two speeds agree if neither is as many times the other.
  private static final double AGREEMENT = 1.5;

  private static final double NANOS_PER_SECOND = 1e9;

  /// A moment in the past and how far the work was then.
  private record Mark(long nanos, int done) {
    double perSecond(Mark later) {
      return (later.done - done) * NANOS_PER_SECOND / (later.nanos - nanos);
    }
  }

  private final Mark start;
  private final Deque<Mark> marks = new ArrayDeque<>();
  private boolean steady;

  /// @param nanos now, by any clock of nanoseconds, which may overflow
  /// @param done the steps that were done before
  Speed(long nanos, int done) {
    start = new Mark(nanos, done);
    marks.add(start);
  }

  void update(long nanos, int done) {
    if (nanos - marks.getLast().nanos < MARK_INTERVAL) {
      return;
    }
    Mark now = new Mark(nanos, done);
    if (!steady && done > start.done) {
      Mark middle = before(nanos - SPAN);
      Mark first = before(middle.nanos - SPAN);
      if (!first.equals(middle) && agree(first.perSecond(middle), middle.perSecond(now))) {
        steady = true;
        while (!marks.getFirst().equals(first)) {
          marks.removeFirst();
        }
      }
    }
    marks.add(now);
    while (marks.size() > 1 && nanos - marks.getFirst().nanos > WINDOW) {
      marks.removeFirst();
    }
  }

  /// The last mark at or before a moment, or the first of all.
  private Mark before(long nanos) {
    Mark found = marks.getFirst();
    for (Mark mark : marks) {
      if (mark.nanos - nanos <= 0) {
        found = mark;
      }
    }
    return found;
  }

  private static boolean agree(double a, double b) {
    return a > 0 && b > 0 && a / b < AGREEMENT && b / a < AGREEMENT;
  }

  /// {@return steps a second of the last seconds; not positive and finite if it is not known}
  double recent(long nanos, int done) {
    return marks.getFirst().perSecond(new Mark(nanos, done));
  }

  /// {@return steps a second since the start}
  double overall(long nanos, int done) {
    return start.perSecond(new Mark(nanos, done));
  }

  boolean isSteady() {
    return steady;
  }
}
