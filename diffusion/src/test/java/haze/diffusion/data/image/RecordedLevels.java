package haze.diffusion.data.image;

import haze.nn.safetensors.DType;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// Levels that Pillow was seen to give; golden/images/ORIGIN.md says how they were recorded.
public final class RecordedLevels {
  static final Path DIRECTORY = Path.of("src/test/resources/golden/images");

  private RecordedLevels() {}

  /// Of all images, `NAME/WHAT`; ORIGIN.md says what.
  static Map<String, byte[]> ofImages() throws IOException {
    Map<String, byte[]> all = bytes("expected.safetensors");
    bytes("more/expected.safetensors").forEach((name, levels) -> all.put("more/" + name, levels));
    return all;
  }

  /// The tensors of bytes in a file, by name.
  public static Map<String, byte[]> bytes(String name) throws IOException {
    Path path = DIRECTORY.resolve(name);
    byte[] file = Files.readAllBytes(path);
    int data = 8 + (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    Map<String, byte[]> tensors = new HashMap<>();
    try (SafetensorsFile header = SafetensorsFile.open(path)) {
      for (var entry : header.entries().entrySet()) {
        SafetensorsFile.Entry place = entry.getValue();
        if (place.dtype() == DType.U8) {
          byte[] levels = new byte[place.shape().size()];
          System.arraycopy(file, data + (int) place.begin(), levels, 0, levels.length);
          tensors.put(entry.getKey(), levels);
        }
      }
    }
    return tensors;
  }

  static Tensor tensor(String file, String name) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(DIRECTORY.resolve(file))) {
      return tensors.tensor(name);
    }
  }
}
