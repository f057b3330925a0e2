package haze.autograd;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Reads a safetensors file that is known to be good; the real reader belongs to a module above
/// this one.
final class GoldenTensors {
  private static final Pattern ENTRY =
      Pattern.compile(
          "\"([^\"]+)\":\\{\"dtype\":\"F32\",\"shape\":\\[([0-9,]*)],"
              + "\"data_offsets\":\\[([0-9]+),[0-9]+]}");

  private GoldenTensors() {}

  /// All tensors of a file below `golden/`, by name.
  static Map<String, Tensor> read(String name) throws IOException {
    byte[] bytes;
    try (InputStream in = GoldenTensors.class.getResourceAsStream("/golden/" + name)) {
      bytes = Objects.requireNonNull(in).readAllBytes();
    }
    var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(buffer.getLong());
    var tensors = new TreeMap<String, Tensor>();
    var entry = ENTRY.matcher(new String(bytes, Long.BYTES, length, StandardCharsets.UTF_8));
    while (entry.find()) {
      int[] dims = Arrays.stream(entry.group(2).split(",")).mapToInt(Integer::parseInt).toArray();
      Tensor tensor = Tensor.zeros(dims);
      buffer.position(Long.BYTES + length + Integer.parseInt(entry.group(3)));
      buffer.asFloatBuffer().get(tensor.data(), 0, tensor.size());
      tensors.put(entry.group(1), Tensor.of(Shape.of(dims), tensor.data()));
    }
    return tensors;
  }
}
