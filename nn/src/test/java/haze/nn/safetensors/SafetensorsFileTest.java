package haze.nn.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.GoldenFiles;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unet-tiny/diffusion_pytorch_model",
        "layers/optim",
        "unet-tiny-ddpm/diffusion_pytorch_model",
        "unet-old-names/diffusion_pytorch_model",
        "safetensors/odd-names",
        "safetensors/empty"
      })
  void readingAndWritingAFileAgainGivesIdenticalBytes(String name) throws IOException {
    Path original = GoldenFiles.path(name + ".safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Map<String, String> metadata;
    try (var file = SafetensorsFile.open(original)) {
      metadata = file.metadata();
      List<String> names = new ArrayList<>(file.entries().keySet());
      Collections.reverse(names);
      for (String each : names) {
        tensors.put(each, file.tensor(each));
      }
    }
    Path copy = directory.resolve("copy.safetensors");
    SafetensorsFile.write(copy, metadata, tensors);
    assertArrayEquals(Files.readAllBytes(original), Files.readAllBytes(copy));
  }

  @Test
  void tensorsAreWrittenByNameAndReadByName() throws IOException {
    Path path = directory.resolve("tensors.safetensors");
    Map<String, Tensor> tensors = Map.of("conv_in.weight", Tensor.full(2, 8, 1, 3, 3));
    // @start region="file"
    SafetensorsFile.write(path, Map.of("format", "pt"), tensors);
    Tensor weight;
    try (var file = SafetensorsFile.open(path)) { // reads and checks the header alone
      weight = file.tensor("conv_in.weight"); // reads its elements: [out, in, kh, kw]
    }
    // @end
    assertEquals(Shape.of(8, 1, 3, 3), weight.shape());
    assertEquals(2, weight.get(7, 0, 2, 1));
    try (var file = SafetensorsFile.open(path)) {
      assertEquals(Map.of("format", "pt"), file.metadata());
    }
  }

  @Test
  void theHeaderTellsNamesTypesAndShapesInTheOrderOfTheData() throws IOException {
    try (var file = SafetensorsFile.open(GoldenFiles.path("safetensors/dtypes.safetensors"))) {
      assertEquals(
          List.of(
              "i64",
              "f64",
              "bf16.float32",
              "f16.float32",
              "f64.float32",
              "bf16",
              "f16",
              "u8",
              "mask"),
          List.copyOf(file.entries().keySet()));
      assertEquals(
          new SafetensorsFile.Entry(DType.F16, Shape.of(3, 4), 304, 328),
          file.entries().get("f16"));
      assertEquals(DType.BOOL, file.entries().get("mask").dtype());
      assertEquals(Map.of(), file.metadata());
    }
    try (var file =
        SafetensorsFile.open(
            GoldenFiles.path("unet-old-names/diffusion_pytorch_model.safetensors"))) {
      assertEquals(Map.of("format", "pt"), file.metadata());
      assertEquals(Shape.of(8, 1, 3, 3), file.tensor("conv_in.weight").shape());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"f16", "bf16", "f64"})
  void everyFloatingPointTypeIsConvertedAsNumPyDoes(String name) throws IOException {
    try (var file = SafetensorsFile.open(GoldenFiles.path("safetensors/dtypes.safetensors"))) {
      assertArrayEquals(file.tensor(name + ".float32").toArray(), file.tensor(name).toArray());
    }
  }

  @Test
  void integersAreReadAsLongs() throws IOException {
    try (var file = SafetensorsFile.open(GoldenFiles.path("safetensors/dtypes.safetensors"))) {
      assertArrayEquals(new long[] {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, 999}, file.longs("i64"));
    }
  }

  @Test
  void aTensorOfAnotherTypeOrNameIsRefusedWithItsName() throws IOException {
    Path path = GoldenFiles.path("safetensors/dtypes.safetensors");
    try (var file = SafetensorsFile.open(path)) {
      assertEquals(
          path + ": tensor \"mask\": expected F32, F16, BF16 or F64, found BOOL",
          assertThrows(TensorFileException.class, () -> file.tensor("mask")).getMessage());
      assertEquals(
          path + ": tensor \"f16\": expected I64, found F16",
          assertThrows(TensorFileException.class, () -> file.longs("f16")).getMessage());
      assertEquals(
          path + ": has no tensor \"f17\"",
          assertThrows(TensorFileException.class, () -> file.tensor("f17")).getMessage());
    }
  }

  @Test
  void aTensorLargerThanTheBufferAndOneInsideAnArrayComeBackAsWritten() throws IOException {
    float[] memory = new float[200_003];
    for (int i = 0; i < memory.length; i++) {
      memory[i] = i;
    }
    Tensor large = Tensor.wrap(Shape.of(2, 100_000), memory, 3);
    Path path = directory.resolve("large.safetensors");
    SafetensorsFile.write(path, Map.of(), Map.of("large", large, "small", Tensor.scalar(-1)));
    try (var file = SafetensorsFile.open(path)) {
      assertArrayEquals(large.toArray(), file.tensor("large").toArray());
      assertEquals(large.shape(), file.tensor("large").shape());
      assertEquals(-1, file.tensor("small").item());
    }
  }

  @Test
  void metadataKeepsItsOrder() throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (String name : List.of("z", "a", "format", "b")) {
      metadata.put(name, name + " ");
    }
    Path path = directory.resolve("a.safetensors");
    SafetensorsFile.write(path, metadata, Map.of());
    try (var file = SafetensorsFile.open(path)) {
      assertEquals(List.copyOf(metadata.entrySet()), List.copyOf(file.metadata().entrySet()));
    }
  }

  @Test
  void anOpenFileIsReadToItsEndAlthoughAnotherTakesItsPlace() throws IOException {
    Path path = directory.resolve("a.safetensors");
    SafetensorsFile.write(path, Map.of(), Map.of("a", Tensor.scalar(1)));
    try (var file = SafetensorsFile.open(path)) {
      SafetensorsFile.write(path, Map.of(), Map.of("a", Tensor.scalar(2)));
      assertEquals(1, file.tensor("a").item());
    }
    try (var file = SafetensorsFile.open(path)) {
      assertEquals(2, file.tensor("a").item());
    }
  }

  @Test
  void aFileThatCannotBeWrittenLeavesTheOldOneAndNoOther() throws IOException {
    Path path = directory.resolve("a.safetensors");
    SafetensorsFile.write(path, Map.of(), Map.of("a", Tensor.scalar(1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> SafetensorsFile.write(path, Map.of(), Map.of("__metadata__", Tensor.scalar(2))));
    assertThrows(
        IllegalArgumentException.class,
        () -> SafetensorsFile.write(path, Map.of("\ud800", ""), Map.of()));
    Path folder = Files.createDirectory(directory.resolve("folder.safetensors"));
    assertThrows(
        IOException.class,
        () -> SafetensorsFile.write(folder, Map.of(), Map.of("a", Tensor.scalar(2))));
    Path nowhere = directory.resolve("no/a.safetensors");
    assertEquals(
        nowhere + ": cannot be written: no such directory",
        assertThrows(
                TensorFileException.class, () -> SafetensorsFile.write(nowhere, Map.of(), Map.of()))
            .getMessage());
    try (var file = SafetensorsFile.open(path);
        var left = Files.list(directory)) {
      assertEquals(1, file.tensor("a").item());
      assertEquals(2, left.count());
    }
  }

  @Test
  void whatHasBeenReadCannotBeChanged() throws IOException {
    try (var file = SafetensorsFile.open(GoldenFiles.path("safetensors/odd-names.safetensors"))) {
      assertThrows(UnsupportedOperationException.class, () -> file.entries().clear());
      assertThrows(UnsupportedOperationException.class, () -> file.metadata().clear());
      assertFalse(file.entries().isEmpty());
    }
  }

  @Test
  void aClosedFileGivesNoTensor() throws IOException {
    var file = SafetensorsFile.open(GoldenFiles.path("safetensors/odd-names.safetensors"));
    file.close();
    assertThrows(IOException.class, () -> file.tensor("b"));
    assertTrue(file.entries().containsKey("b"));
  }
}
