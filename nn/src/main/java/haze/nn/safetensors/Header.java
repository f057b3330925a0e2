package haze.nn.safetensors;

import static haze.nn.safetensors.TensorFileException.quote;

import haze.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The names, types, shapes and places of a file's tensors, valid by construction: one tensor after
/// the other covers the data without hole or overlap.
///
/// @param metadata strings by name, in the file's order
/// @param entries by tensor name, in the order of the data
record Header(Map<String, String> metadata, Map<String, SafetensorsFile.Entry> entries) {
  /// The bytes before the header, which give its length.
  static final int LENGTH_BYTES = Long.BYTES;

  /// The limit of huggingface's reader.
  static final int MAX_BYTES = 100_000_000;

  private static final int ALIGNMENT = 8;
  private static final int FIRST_UNESCAPED = 0x20;

  Header {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
  }

  /// Checks a header against the size of the data that follow it.
  ///
  /// @param file the file's name, for messages
  /// @param json the header in UTF-8
  /// @param dataBytes bytes of the file after the header
  static Header parse(String file, byte[] json, long dataBytes) throws TensorFileException {
    HeaderParser.Parsed parsed = HeaderParser.parse(file, json);
    List<HeaderParser.Declared> inOrder = new ArrayList<>(parsed.tensors());
    inOrder.sort(
        Comparator.comparingLong(HeaderParser.Declared::begin)
            .thenComparingLong(HeaderParser.Declared::end));
    Map<String, SafetensorsFile.Entry> entries = new LinkedHashMap<>();
    long covered = 0;
    for (HeaderParser.Declared tensor : inOrder) {
      var entry = entry(file, tensor);
      String offsets =
          "tensor "
              + quote(tensor.name())
              + ": data_offsets ["
              + tensor.begin()
              + ", "
              + tensor.end()
              + "]";
      if (tensor.begin() != covered) {
        throw new TensorFileException(
            file,
            offsets
                + (tensor.begin() < covered ? " overlap the tensor before" : " leave a hole")
                + ", expected to begin at "
                + covered);
      }
      if (tensor.end() > dataBytes) {
        throw new TensorFileException(
            file, offsets + " reach beyond the file, which has " + dataBytes + " bytes of data");
      }
      entries.put(tensor.name(), entry);
      covered = tensor.end();
    }
    if (covered != dataBytes) {
      throw new TensorFileException(
          file,
          "expected the file to end after the last tensor, found "
              + (dataBytes - covered)
              + " bytes more");
    }
    return new Header(parsed.metadata(), entries);
  }

  private static SafetensorsFile.Entry entry(String file, HeaderParser.Declared tensor)
      throws TensorFileException {
    String name = "tensor " + quote(tensor.name()) + ": ";
    DType dtype =
        Arrays.stream(DType.values())
            .filter(d -> d.name().equals(tensor.dtype()))
            .findFirst()
            .orElseThrow(
                () ->
                    new TensorFileException(
                        file,
                        name
                            + "unknown dtype "
                            + quote(tensor.dtype())
                            + ", expected one of "
                            + Arrays.toString(DType.values())));
    Shape shape;
    try {
      shape = Shape.of(tensor.shape().stream().mapToInt(Math::toIntExact).toArray());
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new TensorFileException(
          file, name + "shape " + tensor.shape() + " has more than 2^31-1 elements");
    }
    long bytes = (long) shape.size() * dtype.bytes();
    if (tensor.end() - tensor.begin() != bytes) {
      throw new TensorFileException(
          file,
          name
              + dtype
              + " "
              + shape
              + " takes "
              + bytes
              + " bytes, but data_offsets are ["
              + tensor.begin()
              + ", "
              + tensor.end()
              + "]");
    }
    return new SafetensorsFile.Entry(dtype, shape, tensor.begin(), tensor.end());
  }

  /// Lays out tensors of [DType#F32] as huggingface's writer does: by name, in the order of the
  /// UTF-8 bytes.
  ///
  /// @param metadata kept in this order
  /// @param shapes by tensor name, in any order
  /// @throws IllegalArgumentException if a string cannot be written in UTF-8 or a name is reserved
  static Header layOut(Map<String, String> metadata, Map<String, Shape> shapes) {
    if (shapes.containsKey(HeaderParser.METADATA)) {
      throw new IllegalArgumentException(
          "safetensors: a tensor cannot be named " + HeaderParser.METADATA);
    }
    List<Map.Entry<String, Shape>> byName = new ArrayList<>(shapes.entrySet());
    byName.sort(
        Comparator.comparing(
            tensor -> tensor.getKey().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
    Map<String, SafetensorsFile.Entry> entries = new LinkedHashMap<>();
    long begin = 0;
    for (Map.Entry<String, Shape> tensor : byName) {
      Shape shape = tensor.getValue();
      long end = begin + (long) shape.size() * DType.F32.bytes();
      entries.put(tensor.getKey(), new SafetensorsFile.Entry(DType.F32, shape, begin, end));
      begin = end;
    }
    return new Header(metadata, entries);
  }

  /// {@return the bytes of this header as huggingface's writer gives them: JSON without white space
  /// but for the spaces at its end, a multiple of 8 bytes}
  ///
  /// @throws IllegalArgumentException if a string cannot be written in UTF-8 or the header exceeds
  ///   the limit
  byte[] toBytes() {
    var json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      appendString(json, HeaderParser.METADATA).append(":{");
      metadata.forEach(
          (name, value) -> {
            appendString(appendString(json, name).append(':'), value).append(',');
          });
      json.setCharAt(json.length() - 1, '}');
      json.append(',');
    }
    entries.forEach(
        (name, entry) -> {
          appendString(json, name)
              .append(":{\"dtype\":\"")
              .append(entry.dtype())
              .append("\",\"shape\":")
              .append(entry.shape().toString().replace(" ", ""))
              .append(",\"data_offsets\":[")
              .append(entry.begin())
              .append(',')
              .append(entry.end())
              .append("]},");
        });
    json.setLength(Math.max(json.length() - 1, 1));
    json.append('}');
    byte[] utf8 = json.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(utf8, Math.ceilDiv(utf8.length, ALIGNMENT) * ALIGNMENT);
    if (padded.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "safetensors: a header of " + padded.length + " bytes exceeds the limit of " + MAX_BYTES);
    }
    Arrays.fill(padded, utf8.length, padded.length, (byte) ' ');
    return padded;
  }

  /// The same escapes as huggingface's writer: those that JSON demands and no other.
  private static StringBuilder appendString(StringBuilder json, String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException("safetensors: not a Unicode string: " + quote(text));
    }
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < FIRST_UNESCAPED) {
            json.append(String.format("\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"');
  }
}
