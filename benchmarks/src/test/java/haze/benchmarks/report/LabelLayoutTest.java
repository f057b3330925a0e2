package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelLayoutTest {
  private final LogAxis x = new LogAxis(1, 1000, 0, 900);
  private final LogAxis y = new LogAxis(1, 100, 600, 0);

  @Test
  void pixelsAndValuesAreInverse() {
    assertEquals(300, x.pixel(10), 1e-9);
    assertEquals(300, y.pixel(10), 1e-9);
    assertEquals(10, x.value(300), 1e-9);
    assertEquals(100, y.value(0), 1e-9);
  }

  @Test
  void noNameCoversAnotherOrAPoint() {
    var layout = new LabelLayout(x, y);
    for (int i = 0; i < 12; i++) {
      layout.avoid(30 + i, 10);
      layout.beside("kernel" + i, 30 + i, 10, true, Color.BLACK);
    }
    List<LabelLayout.Label> labels = layout.place();
    assertEquals(12, labels.size());
    for (int i = 0; i < 12; i++) {
      LabelLayout.Label a = labels.get(i);
      double half = Charts.width(a.text(), Charts.SMALL) / 2.0;
      for (LabelLayout.Label b : labels.subList(i + 1, 12)) {
        boolean apart =
            Math.abs(x.pixel(a.x()) - x.pixel(b.x()))
                    >= half + Charts.width(b.text(), Charts.SMALL) / 2.0
                || Math.abs(y.pixel(a.y()) - y.pixel(b.y())) >= 12;
        assertTrue(apart, a + " and " + b);
      }
      for (int p = 0; p < 12; p++) {
        boolean apart =
            Math.abs(x.pixel(a.x()) - x.pixel(30 + p)) >= half
                || Math.abs(y.pixel(a.y()) - y.pixel(10)) >= 8;
        assertTrue(apart, a + " covers point " + p);
      }
    }
  }

  @Test
  void aFarNameHasALeaderThatEndsAtItsPoint() {
    var layout = new LabelLayout(x, y);
    layout.avoid(1, 10, 1000, 10);
    for (int i = 0; i < 8; i++) {
      layout.beside("kernel" + i, 30, 10, true, Color.BLACK);
    }
    var leaders = layout.place().stream().flatMap(label -> label.leader().stream()).toList();
    assertTrue(!leaders.isEmpty());
    for (var leader : leaders) {
      assertEquals(30, leader.toX(), 1e-9);
      assertEquals(10, leader.toY(), 1e-9);
    }
  }

  @Test
  void whereThereIsNoRoomANameThatNeedNotBeIsLeftOut() {
    var layout = new LabelLayout(x, y);
    for (int i = 0; i < 30; i++) {
      layout.beside("kernel" + i, 30, 10, i < 2, Color.BLACK);
    }
    List<String> names = layout.place().stream().map(LabelLayout.Label::text).toList();
    assertTrue(names.containsAll(List.of("kernel0", "kernel1")), names.toString());
    assertTrue(names.size() > 2 && names.size() < 15, names.toString());
  }
}
