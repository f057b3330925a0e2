package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.DataOptions;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.ImageGrid;
import haze.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataReportTest {
  @TempDir Path directory;

  @Test
  void countShapeClassesAndValuesAreTold() throws IOException {
    byte[] levels = new byte[6 * 2 * 3 * 3];
    levels[5] = (byte) 255;
    ImageDataset data = ImageDataset.ofLevels(levels, Shape.of(2, 3, 3), 0, 3, 3, 0, 3, 0);
    DataReport report = DataReport.of(DataSource.of(data), 100);
    assertEquals(
        List.of(
            "data        memory: 6 images [2, 3, 3] of 4 classes",
            "images      6 of 3 x 2 pixels (width x height), red, green and blue",
            "held out    none",
            "classes     4: 0 (3), 1 (0), 2 (0), 3 (3)",
            "empty       without an image: 1, 2",
            "values      -1.000 to 1.000, mean -0.9815, where black is -1 and white 1 (all"
                + " images)"),
        report.lines());
    CaptionedGrid sheet = assertInstanceOf(CaptionedGrid.class, report.figure());
    assertEquals(List.of("0", "3"), sheet.left());
    assertEquals(Shape.of(6, 2, 3, 3), sheet.images().shape());
    assertEquals(1f, sheet.images().toArray()[5]);
  }

  @Test
  void ofMnistTheOtherPartIsHeldOut() throws IOException {
    DataReport report = DataReport.of(DataSource.Embedded.TRAIN, 10);
    assertEquals("held out    10,000 more, to measure with", report.lines().get(2));
    assertTrue(report.lines().getLast().endsWith("(of 10 images)"), report.lines().getLast());
  }

  @Test
  void whatCannotBeReadIsNamed() throws IOException {
    for (int i = 0; i < 3; i++) {
      BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
      ImageIO.write(image, "png", directory.resolve(i + ".png").toFile());
    }
    Files.writeString(directory.resolve("1.png"), "nothing");
    DataReport report =
        DataReport.of(DataSource.parse(directory.toString(), DataOptions.NONE), 100);
    List<String> lines = report.lines();
    assertEquals("classes     none", lines.get(3));
    assertEquals("unreadable  1 of the images that were looked at:", lines.get(5));
    assertTrue(lines.get(6).strip().startsWith(directory + "/1.png: "), lines.get(6));
    assertInstanceOf(ImageGrid.class, report.figure());
  }
}
