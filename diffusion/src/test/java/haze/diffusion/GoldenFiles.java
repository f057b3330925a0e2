package haze.diffusion;

import com.fasterxml.jackson.jr.ob.JSON;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads the reference numbers in the test resources, see `golden/ORIGIN.md`.
public final class GoldenFiles {
  private GoldenFiles() {}

  /// The tensors of `golden/NAME.safetensors`, of float32 or int64.
  public static Map<String, Tensor> tensors(String name) {
    ByteBuffer file = ByteBuffer.wrap(bytes(name + ".safetensors")).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[(int) file.getLong()];
    file.get(header);
    ByteBuffer data = file.slice().order(ByteOrder.LITTLE_ENDIAN);
    Map<String, Tensor> tensors = new HashMap<>();
    object(new String(header, StandardCharsets.UTF_8))
        .forEach(
            (key, value) -> {
              Map<?, ?> entry = (Map<?, ?>) value;
              int[] dims = integers(entry.get("shape"));
              Tensor tensor = Tensor.zeros(dims);
              data.position(integers(entry.get("data_offsets"))[0]);
              if (entry.get("dtype").equals("I64")) {
                for (int i = 0; i < tensor.size(); i++) {
                  tensor.data()[i] = data.getLong();
                }
              } else {
                data.asFloatBuffer().get(tensor.data());
              }
              tensors.put(key, tensor);
            });
    return tensors;
  }

  /// The object in `golden/NAME.json`.
  public static Map<String, Object> json(String name) {
    return object(new String(bytes(name + ".json"), StandardCharsets.UTF_8));
  }

  /// A JSON array of whole numbers.
  public static int[] integers(Object array) {
    return ((List<?>) array).stream().mapToInt(number -> ((Number) number).intValue()).toArray();
  }

  /// From `[n, c, h, w]` as PyTorch has it to `[n, h, w, c]`; the two are the same data for one
  /// channel, and all images here have one.
  public static Tensor images(Tensor nchw) {
    if (nchw.dim(-3) != 1) {
      throw new IllegalArgumentException("not one channel: " + nchw.shape());
    }
    Shape shape = nchw.shape();
    return nchw.reshape(shape.with(-3, shape.dim(-2)).with(-2, shape.dim(-1)).with(-1, 1));
  }

  private static Map<String, Object> object(String json) {
    try {
      return JSON.std.mapFrom(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(String name) {
    try (InputStream in = GoldenFiles.class.getResourceAsStream("/golden/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
