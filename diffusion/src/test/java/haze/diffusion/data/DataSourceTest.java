package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataSourceTest {
  private static final DataSource OWN = new DataSource.Stored(Path.of("own.idx"), DataOptions.NONE);

  @TempDir Path directory;

  @Test
  void aWordIsMnistAndTheRestAPath() throws IOException {
    assertSame(DataSource.Embedded.TRAIN, DataSource.parse("mnist"));
    assertSame(DataSource.Embedded.TEST, DataSource.parse("test"));
    assertEquals(60_000, DataSource.parse("mnist").load().count());
    assertEquals(10_000, DataSource.parse("test").load().count());
    for (String path : new String[] {"train", "MNIST", "./mnist", "a/b.idx.gz"}) {
      assertEquals(new DataSource.Stored(Path.of(path), DataOptions.NONE), DataSource.parse(path));
    }
    Path labels = Path.of("labels.idx");
    assertEquals(
        Optional.of(labels),
        DataSource.parse("own.idx", DataOptions.NONE.withLabels(labels)).labels());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mnist", "test", "own.idx", "memory: 4 images [2, 2, 1]"})
  void aSourceIsReadBackFromItsText(String text) {
    DataSource source = DataSource.parse(text);
    assertEquals(text, source.text());
    assertEquals(source, DataSource.parse(source.text()));
  }

  @Test
  void anEvaluationsTrainAndTestAreThoseOfTheRun() {
    DataSource mnist = DataSource.Embedded.TRAIN;
    assertSame(mnist, DataSource.parse("train", null, mnist));
    assertSame(DataSource.Embedded.TEST, DataSource.parse("test", null, mnist));
    assertSame(OWN, DataSource.parse("train", null, OWN));
    assertEquals(OWN, DataSource.parse("own.idx", null, mnist));
    assertRefused(
        "the run learned from own.idx, which has no images to measure with: --data says which to"
            + " take, train or a path",
        () -> DataSource.parse("test", null, OWN));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mnist", "test", "memory: 4 images [2, 2, 1]"})
  void labelsAreForAFile(String text) {
    assertRefused(
        "--labels is for --data PATH",
        () -> DataSource.parse(text, DataOptions.NONE.withLabels(Path.of("x"))));
    assertRefused(
        "--labels is for --data PATH", () -> DataSource.parse("train", Path.of("x"), OWN));
  }

  @Test
  void imagesInMemoryAreDescribedButOnlyTheirProgramHasThem() throws IOException {
    ImageDataset data = ImageDataset.of(new float[12], Shape.of(1, 2, 3), 0, 4);
    DataSource source = DataSource.of(data);
    assertEquals("memory: 2 images [1, 2, 3] of 5 classes", source.text());
    assertSame(data, source.load());
    DataSource stored = DataSource.parse(source.text());
    assertEquals(
        "memory: 2 images [1, 2, 3] of 5 classes: is known to the program alone that held it in"
            + " memory",
        assertThrows(DataException.class, stored::load).getMessage());
  }

  @Test
  void aFileOfNoKnownFormatIsRefusedBeforeItIsRead() throws IOException {
    String expected =
        "expected CIFAR's binary files (data_batch_1.bin, ..), or STL-10's binary files"
            + " (train_X.bin, ..), or an IDX file: 00 00, element type, number of axes, or an array"
            + " of NumPy's (.npy), or several arrays of NumPy's (.npz), or a Parquet file or a"
            + " directory of them, or a folder of images";
    String plain = expected.replace(": 00 00, element type, number of axes", "");
    assertLoadRefused(
        "a.txt: byte 0: begins with 89 50 4e 48, " + expected, "a.txt", 0x89, 'P', 'N', 'H', '\r');
    assertLoadRefused("b: byte 0: begins with 00 00 08, " + expected, "b", 0, 0, 8);
    assertLoadRefused("c: is empty, " + plain, "c");
    assertLoadRefused("d: its gzip compression is cut off", "d", 0x1f, 0x8b, 8);
    Files.createDirectory(directory.resolve("e"));
    assertTrue(
        assertThrows(DataException.class, () -> load("e"))
            .getMessage()
            .startsWith(directory.resolve("e") + ": holds no image file ("));
    assertEquals(
        "f: no such file",
        assertThrows(DataException.class, () -> load("f"))
            .getMessage()
            .replace(directory + "/", ""));
  }

  @Test
  void aPathHasAPartThatNothingLearnsFrom() throws IOException {
    Path file = directory.resolve("own.idx");
    Files.write(file, IdxBytes.file(25, 1, 1));
    DataSource learned = DataSource.parse(file.toString(), DataOptions.NONE.withHeldOut(5));
    DataSource held = DataSource.parse("test", null, learned);
    assertEquals(file + ", held out", held.title());
    assertEquals(20, learned.load().count());
    assertEquals(
        List.of("5 of 25 images are held out to measure with, one in 5"), learned.load().notes());
    assertEquals(5, held.load().count());
    boolean[] seen = new boolean[25];
    for (ImageDataset part : List.of(learned.load(), held.load())) {
      for (int i = 0; i < part.count(); i++) {
        seen[PixelScale.level(part.image(i).toArray()[0])] = true;
      }
    }
    for (boolean each : seen) {
      assertTrue(each);
    }
    DataSource few = DataSource.parse(file.toString(), DataOptions.NONE.withHeldOut(30));
    assertEquals(25, few.load().count());
    assertEquals(
        file
            + ": has too few images to hold some out; --data says which to measure with, train or"
            + " a path",
        assertThrows(DataException.class, () -> DataSource.parse("test", null, few).load())
            .getMessage());
  }

  @Test
  void imagesToMeasureWithOfItsOwnTakeThePlaceOfThePart() throws IOException {
    Path file = directory.resolve("train-images-idx3-ubyte");
    Files.write(file, IdxBytes.file(25, 1, 1));
    Files.write(directory.resolve("t10k-images-idx3-ubyte"), IdxBytes.file(3, 1, 1));
    DataSource learned = DataSource.parse(file.toString(), DataOptions.NONE.withHeldOut(5));
    assertEquals(25, learned.load().count());
    assertEquals(3, DataSource.parse("test", null, learned).load().count());
  }

  @Test
  void otherImagesAreReadInTheSizeOfThoseThatWereLearned() throws IOException {
    Path file = directory.resolve("other.idx");
    Files.write(file, IdxBytes.file(2, 4, 4));
    DataSource learned =
        DataSource.parse("own.idx", DataOptions.NONE.withSize(ImageSize.parse("2")).withHeldOut(2));
    ImageDataset data = DataSource.parse(file.toString(), null, learned).load();
    assertEquals(Shape.of(2, 2, 1), data.imageShape());
    assertEquals(2, data.count());
  }

  private ImageDataset load(String name) throws DataException {
    return DataSource.parse(directory.resolve(name).toString()).load();
  }

  private void assertLoadRefused(String problem, String name, int... content) throws IOException {
    byte[] bytes = new byte[content.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) content[i];
    }
    Files.write(directory.resolve(name), bytes);
    assertEquals(
        problem,
        assertThrows(DataException.class, () -> load(name))
            .getMessage()
            .replace(directory + "/", ""));
  }

  private static void assertRefused(String problem, Executable call) {
    assertEquals(problem, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
