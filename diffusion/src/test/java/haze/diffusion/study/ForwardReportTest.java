package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.DataSource;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.process.DistributionFixture;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.study.ForwardReport.Moment;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForwardReportTest {
  private static final Tensor WHITE = Tensor.full(1, 1, 28, 28, 1);

  @Test
  void theChainIsWalkedToTheDistributionThatTheJumpHas() {
    NoiseSchedule schedule = NoiseSchedule.linear(100);
    ForwardReport report = ForwardReport.simulate(schedule, WHITE, 1);
    assertArrayEquals(
        new int[] {0, 9, 18, 27, 36, 45, 55, 64, 73, 82, 91, 100},
        report.moments().stream().mapToInt(Moment::t).toArray());
    for (Moment moment : report.moments().subList(1, 12)) {
      double alphaBar = schedule.alphaBar(moment.t());
      assertEquals(Math.sqrt(alphaBar), moment.signal());
      DistributionFixture.assertKolmogorovSmirnov(Math.sqrt(alphaBar), 1 - alphaBar, moment.xt());
    }
  }

  @Test
  void aStepChangesTheImageByItsOwnNoiseAlone() {
    // With four steps every state is seen: the difference to the step before is sqrt(beta) times
    // fresh noise.
    NoiseSchedule schedule = NoiseSchedule.ofBetas(0.1, 0.2, 0.3, 0.4);
    ForwardReport report = ForwardReport.simulate(schedule, WHITE, 7);
    assertEquals(5, report.moments().size());
    for (int t = 1; t <= 4; t++) {
      Tensor before = report.moments().get(t - 1).xt();
      Tensor noise =
          report.moments().get(t).xt().minus(before.times((float) Math.sqrt(1 - schedule.beta(t))));
      DistributionFixture.assertNormal(0, schedule.beta(t), noise);
    }
  }

  @Test
  void momentsTellMeanDeviationAndDistance() {
    ForwardReport report =
        ForwardReport.simulate(
            NoiseSchedule.ofBetas(0.5), Tensor.of(Shape.of(1, 1, 2, 1), -1, 0.5f), 0);
    Moment first = report.moments().getFirst();
    assertEquals(-0.25, first.mean(), 1e-12);
    assertEquals(0.75, first.deviation(), 1e-12);
    // From -1 on half of the numbers are below, but Phi(-1) of the distribution.
    assertEquals(0.5 - 0.1586552539, first.distance(), 1e-9);
    assertEquals(2, report.moments().size());
  }

  @Test
  void whatTheEndStillTellsIsTheDivergenceInItsClosedForm() {
    // KL(N(m, v) || N(0, 1)) = (v + m^2 - 1 - ln v) / 2 for each pixel.
    NoiseSchedule schedule = NoiseSchedule.ofBetas(0.2, 0.3);
    double alphaBar = 0.8 * 0.7;
    double nats = -Math.log(1 - alphaBar) / 2;
    assertEquals(nats / Math.log(2), ForwardReport.simulate(schedule, WHITE, 0).prior(), 1e-12);
  }

  @Test
  void theTableSaysWhetherTheEndPassesForNoise() {
    String noise = ForwardReport.simulate(NoiseSchedule.cosine(200), WHITE, 0).text();
    assertTrue(noise.contains("stay below 0.049 19 times in 20"), noise);
    assertTrue(noise.contains("At t = 200 the pixels pass for pure noise: 0.0"), noise);
    assertTrue(noise.contains("is below 0.049."), noise);
    String signal = ForwardReport.simulate(NoiseSchedule.ofBetas(0.1, 0.1), WHITE, 0).text();
    assertTrue(signal.contains("At t = 2 the pixels are not yet"), signal);
    assertTrue(signal.contains("is above 0.049."), signal);
  }

  @Test
  void theHistogramIsAsHighAsTheShareOfThePixels() {
    // All pixels of x_0 in one bar, which is cut at the top; at the end a bell around 0.
    ForwardReport report = ForwardReport.simulate(NoiseSchedule.cosine(1000), WHITE, 0);
    BufferedImage picture = report.figure().draw();
    Color bar = new Color(0x0072B2);
    int firstColumn = pixels(picture, bar, 0, picture.getWidth() / 6);
    int lastColumn = pixels(picture, bar, picture.getWidth() * 11 / 12, picture.getWidth());
    assertEquals(
        3 * 90, firstColumn, 40, "one bar of 3 x 90 pixels but for the distribution over it");
    // A bell has area 1: 90 / 0.6 pixels high for a density of 1, 3 pixels for each of 24 bars over
    // 7.
    assertEquals(
        90 / 0.6 * 24 * 3 / 7, lastColumn, 300, "a bell's area but for the distribution over it");
  }

  private static int pixels(BufferedImage picture, Color colour, int from, int to) {
    int count = 0;
    for (int x = from; x < to; x++) {
      for (int y = 0; y < picture.getHeight(); y++) {
        count += new Color(picture.getRGB(x, y)).equals(colour) ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void anImageOfAFolderOfSeveralSizesIsTakenAsItIs(@TempDir Path directory) throws IOException {
    for (int i = 1; i < 4; i++) {
      BufferedImage image = new BufferedImage(i, 2, BufferedImage.TYPE_BYTE_GRAY);
      ImageIO.write(image, "png", directory.resolve(i + ".png").toFile());
    }
    DataSource source = DataSource.parse(directory.toString());
    Tensor first = ForwardReport.simulate(null, source, 2, 1).moments().getFirst().xt();
    assertEquals(Shape.of(1, 2, 3, 1), first.shape());
    assertEquals(
        "index is 3, expected 0 to 2",
        assertThrows(RequestException.class, () -> ForwardReport.simulate(null, source, 3, 1))
            .getMessage());
  }
}
