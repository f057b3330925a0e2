package haze.diffusion.figure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.sampler.Snapshots.Snapshot;
import haze.diffusion.study.ReverseRows;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.Color;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaptionedGridTest {
  private static Tensor images(int channels) {
    Tensor images = Tensor.zeros(6, 28, 28, channels);
    for (int i = 0; i < images.size(); i++) {
      images.data()[i] = (float) Math.sin(i);
    }
    return images;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theImagesAreThoseOfAGridWithoutWords(int channels) throws IOException {
    CaptionedGrid captioned =
        new CaptionedGrid(images(channels), List.of("a", "b\nc", "d"), List.of("one", "two"));
    CaptionedGrid.Drawn drawn = captioned.draw(0);
    BufferedImage picture = drawn.picture();
    BufferedImage plain =
        ImageIO.read(new ByteArrayInputStream(ImageGrid.png(images(channels), 3)));
    int top = picture.getHeight() - plain.getHeight() - CaptionedGrid.MARGIN;
    for (int y = 0; y < plain.getHeight(); y++) {
      for (int x = 0; x < plain.getWidth(); x++) {
        // The grey file's level itself, not what its colour model makes of it.
        for (int band = 0; band < 3; band++) {
          assertEquals(
              plain.getRaster().getSample(x, y, Math.min(band, channels - 1)),
              picture.getRaster().getSample(drawn.left() + x, top + y, band));
        }
      }
    }
  }

  /// How many pixels of an area are not white.
  private static int written(BufferedImage picture, Rectangle area) {
    int count = 0;
    for (int y = area.y; y < area.y + area.height; y++) {
      for (int x = area.x; x < area.x + area.width; x++) {
        count += new Color(picture.getRGB(x, y)).equals(Color.WHITE) ? 0 : 1;
      }
    }
    return count;
  }

  @Test
  void wordsStandAboveTheirColumnAndBesideTheirRowAndNowhereElse() {
    CaptionedGrid captioned =
        new CaptionedGrid(images(1), List.of("", "middle", ""), List.of("", "row"));
    CaptionedGrid.Drawn drawn = captioned.draw(40);
    BufferedImage picture = drawn.picture();
    int left = drawn.left();
    int top = CaptionedGrid.MARGIN + CaptionedGrid.LINE_HEIGHT;
    int column = drawn.columnWidth();
    int rows = picture.getHeight() - 40 - CaptionedGrid.MARGIN - top;
    assertTrue(written(picture, new Rectangle(left + column, 0, column, top)) > 50);
    assertEquals(0, written(picture, new Rectangle(0, 0, left + column, top)));
    assertEquals(0, written(picture, new Rectangle(left + 2 * column, 0, column, top)));
    assertTrue(written(picture, new Rectangle(0, top + rows / 2, left, rows / 2)) > 30);
    assertEquals(0, written(picture, new Rectangle(0, top, left, rows / 2)));
    assertEquals(0, written(picture, new Rectangle(0, top + rows, picture.getWidth(), 40)));
  }

  @Test
  void captionsThatAreNotAsManyAsRowsAndColumnsAreRefused() {
    assertEquals(
        "captioned grid: 2 columns and 2 rows of images [6, 28, 28, 1]",
        assertThrows(
                IllegalArgumentException.class,
                () -> new CaptionedGrid(images(1), List.of("a", "b"), List.of("c", "d")))
            .getMessage());
  }

  @Test
  void everyPictureHasARowOfImagesAndBelowItOneOfExpectations() {
    // Two pictures, three moments: x_t of picture p at moment m is 0.1 (10 p + m), x_0 as much
    // below 0.
    List<Snapshot> taken = List.of(moment(0), moment(1), moment(2));
    CaptionedGrid grid = ReverseRows.of(taken, List.of("a", "b", "c"), List.of("class 3", ""));
    assertEquals(Shape.of(12, 1, 1, 1), grid.images().shape());
    float[] expected = {0, .01f, .02f, -0f, -.01f, -.02f, .1f, .11f, .12f, -.1f, -.11f, -.12f};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], grid.images().data()[i], 1e-6f, "image " + i);
    }
    assertEquals(
        List.of("class 3\nimage x_t", "expected x_0", "image x_t", "expected x_0"), grid.left());
  }

  private static Snapshot moment(int number) {
    Tensor xt = Tensor.of(Shape.of(2, 1, 1, 1), 0.01f * number, 0.1f + 0.01f * number);
    return new Snapshot(number + 1, xt, xt.times(-1));
  }
}
