package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import haze.diffusion.data.DataOptions;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.ImageSize;
import haze.diffusion.data.ImageSurvey;
import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.ImageGrid;
import haze.diffusion.io.JsonLine;
import haze.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  private void write(String name, String format, int width, int height, int type)
      throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    BufferedImage image = new BufferedImage(width, height, type);
    for (int x = 0; x < width; x++) {
      for (int y = 0; y < height; y++) {
        image.setRGB(x, y, 0xffffffff);
      }
    }
    ImageIO.write(image, format, file.toFile());
  }

  private DataReport report(DataOptions options) throws IOException {
    return DataReport.of(DataSource.parse(directory.toString(), options), 100);
  }

  @Test
  void imagesOfSeveralSizesAreShownAsTheyAre() throws IOException {
    write("cat/0.png", "png", 40, 20, BufferedImage.TYPE_INT_RGB);
    write("cat/1.png", "png", 200, 100, BufferedImage.TYPE_BYTE_GRAY);
    write("\u001b[2Jdog/0.jpg", "jpeg", 40, 20, BufferedImage.TYPE_INT_RGB);
    write("\u001b[2Jdog/1.bmp", "bmp", 30, 60, BufferedImage.TYPE_INT_RGB);
    Files.writeString(directory.resolve("cat/2\u0007.png"), "nothing");
    Files.createDirectory(directory.resolve("fish"));
    DataReport report = report(DataOptions.NONE);
    assertEquals(
        List.of(
            "data        " + directory,
            "images      5",
            "sizes       3: smallest 40 x 20, median 30 x 60, largest 200 x 100 (width x height)",
            "formats     1 BMP, 1 JPEG, 2 PNG",
            "channels    1 grey, 3 red, green and blue",
            "held out    none",
            "classes     2: ?[2Jdog (2), cat (3)",
            "note        the folder fish holds no image and is no class",
            "unreadable  1 of the images that were looked at:",
            "            "
                + directory
                + "/cat/2?.png: is no image file, expected PNG, JPEG, GIF, BMP or TIFF"),
        report.lines());
    Map<String, Object> json = JSON.std.mapFrom(new JsonLine().putAll(report.json()).toString());
    assertEquals(List.of("?[2Jdog", "cat"), json.get("class_names"));
    assertEquals(
        Map.of(
            "distinct",
            3,
            "smallest",
            List.of(40, 20),
            "median",
            List.of(30, 60),
            "largest",
            List.of(200, 100)),
        json.get("sizes"));
    assertEquals(Map.of("BMP", 1, "JPEG", 1, "PNG", 2), json.get("formats"));
    assertEquals(1, json.get("grey"));
    assertEquals(List.of("the folder fish holds no image and is no class"), json.get("notes"));
    assertEquals(1, ((List<?>) json.get("unreadable")).size());
    CaptionedGrid sheet = assertInstanceOf(CaptionedGrid.class, report.figure());
    assertEquals(List.of("?[2Jdog", "cat"), sheet.left());
    assertEquals(Shape.of(4, 96, 96, 3), sheet.images().shape());
    // Each as a whole: 40 x 20 twice as large, 30 x 60 as it is, 200 x 100 as 96 x 48.
    int[][] expected = {{80, 40}, {30, 60}, {80, 40}, {96, 48}};
    for (int i = 0; i < expected.length; i++) {
      int[] size = expected[i];
      float[] values = sheet.images().at(i).toArray();
      // JPEG's white may be a level off.
      int white = 0;
      for (float value : values) {
        white += value > 0.9 ? 1 : 0;
      }
      assertEquals(size[0] * size[1] * 3, white, "image " + i);
      for (int y = 0; y < 96; y++) {
        for (int x = 0; x < 96; x++) {
          boolean inside = Math.abs(2 * x + 1 - 96) < size[0] && Math.abs(2 * y + 1 - 96) < size[1];
          assertEquals(inside, values[(y * 96 + x) * 3] > 0.9, "image " + i + " " + x + " " + y);
        }
      }
    }
  }

  @Test
  void theSuggestedSizeIsOneThatTheNetworkHalves() throws IOException {
    write("0.png", "png", 41, 70, BufferedImage.TYPE_BYTE_GRAY);
    write("1.png", "png", 300, 43, BufferedImage.TYPE_BYTE_GRAY);
    write("2.png", "png", 20, 21, BufferedImage.TYPE_BYTE_GRAY);
    ImageSurvey survey = report(DataOptions.NONE).survey().orElseThrow();
    assertEquals(
        "--size 40 takes the middle square of each image and scales it to 40 x 40; 1 of 3 are"
            + " smaller and get enlarged",
        survey.suggestion(4));
    assertTrue(survey.suggestion(16).startsWith("--size 32 "), survey.suggestion(16));
    assertTrue(survey.suggestion(50).startsWith("--size 50 "), survey.suggestion(50));
    write("2.png", "png", 900, 800, BufferedImage.TYPE_BYTE_GRAY);
    write("0.png", "png", 900, 700, BufferedImage.TYPE_BYTE_GRAY);
    assertEquals(
        "--size 64 takes the middle square of each image and scales it to 64 x 64; 1 of 3 are"
            + " smaller and get enlarged",
        report(DataOptions.NONE).survey().orElseThrow().suggestion(8));
    assertTrue(report(DataOptions.NONE.withSize(ImageSize.parse("32"))).survey().isEmpty());
  }

  @Test
  void oneOtherSizeAmongManyIsFoundAndTheHeldOutAreNamedOnce() throws IOException {
    for (int i = 10; i < 50; i++) {
      write(i + ".png", "png", i == 33 ? 9 : 8, 8, BufferedImage.TYPE_BYTE_GRAY);
    }
    List<String> mixed = report(DataOptions.NONE.withHeldOut(10)).lines();
    assertTrue(mixed.get(2).startsWith("sizes       2: smallest 8 x 8, "), mixed.get(2));
    List<String> one =
        report(DataOptions.NONE.withHeldOut(10).withSize(ImageSize.parse("8"))).lines();
    for (List<String> lines : List.of(mixed, one)) {
      assertEquals(
          List.of("held out    4 more, to measure with"),
          lines.stream().filter(line -> line.contains("held out")).toList());
    }
  }
}
