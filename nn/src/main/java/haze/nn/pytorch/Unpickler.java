package haze.nn.pytorch;

import static haze.nn.safetensors.TensorFileException.quote;

import haze.nn.pytorch.PyTorchFile.Entry;
import haze.nn.safetensors.DType;
import haze.nn.safetensors.TensorFileException;
import haze.tensor.Shape;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Python's pickle machine as far as a dictionary of tensors needs it (protocols 2 to 5, opcodes as
/// in Python's `pickletools`).
///
/// The machine has a stack and a memo. Nothing is called: a function is its name, and the few that
/// are known build a value of their arguments. The memory is bounded by the length of the program.
final class Unpickler {
  /// A dtype by the class of its storage.
  private static final Map<String, DType> STORAGES =
      Map.of(
          "torch DoubleStorage", DType.F64,
          "torch FloatStorage", DType.F32,
          "torch HalfStorage", DType.F16,
          "torch BFloat16Storage", DType.BF16,
          "torch LongStorage", DType.I64,
          "torch IntStorage", DType.I32,
          "torch ShortStorage", DType.I16,
          "torch CharStorage", DType.I8,
          "torch ByteStorage", DType.U8,
          "torch BoolStorage", DType.BOOL);

  private static final String DICTIONARY = "collections OrderedDict";
  private static final String TENSOR = "torch._utils _rebuild_tensor_v2";
  private static final String PARAMETER = "torch._utils _rebuild_parameter";

  /// Below the values that an opcode takes up to the mark.
  private enum Special {
    MARK,
    NONE
  }

  /// The name of a function or class: module and name.
  private record Global(String name) {}

  private record Storage(DType dtype, String key, long elements) {}

  private final String file;
  private final ByteBuffer program;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  private Unpickler(String file, byte[] program) {
    this.file = file;
    this.program = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// {@return the tensors that a program describes, by name}
  ///
  /// @param file the file's name, for messages
  /// @param program the bytes of `data.pkl`
  static Map<String, Entry> tensors(String file, byte[] program) throws TensorFileException {
    Object result;
    try {
      result = new Unpickler(file, program).run();
    } catch (BufferUnderflowException e) {
      throw new TensorFileException(file, "the pickle ends too early");
    }
    if (!(result instanceof Map<?, ?> map)) {
      throw new TensorFileException(
          file, "expected a dictionary of tensors, found " + described(result));
    }
    Map<String, Entry> tensors = new LinkedHashMap<>();
    for (Map.Entry<?, ?> member : map.entrySet()) {
      String name = (String) member.getKey();
      if (!(member.getValue() instanceof Entry tensor)) {
        throw new TensorFileException(
            file,
            "expected a dictionary of tensors, but "
                + quote(name)
                + " is "
                + described(member.getValue()));
      }
      tensors.put(name, tensor);
    }
    return tensors;
  }

  private Object run() throws TensorFileException {
    while (true) {
      int opcode = program.get() & 0xff;
      switch (opcode) {
        case 0x80 -> protocol(program.get());
        case 0x95 -> program.getLong(); // FRAME: a length that only helps reading ahead.
        case '(' -> stack.add(Special.MARK);
        case 'N' -> stack.add(Special.NONE);
        case 0x88 -> stack.add(true);
        case 0x89 -> stack.add(false);
        case 'J' -> stack.add((long) program.getInt());
        case 'K' -> stack.add((long) (program.get() & 0xff));
        case 'M' -> stack.add((long) (program.getShort() & 0xffff));
        case 0x8a -> stack.add(longOfBytes(program.get() & 0xff));
        case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(program.getLong())));
        case 'X' -> stack.add(text(program.getInt()));
        case 0x8c -> stack.add(text(program.get() & 0xff));
        case '}' -> stack.add(new LinkedHashMap<String, Object>());
        case ']' -> stack.add(new ArrayList<>());
        case ')' -> stack.add(List.of());
        case 0x85 -> stack.add(taken(1));
        case 0x86 -> stack.add(taken(2));
        case 0x87 -> stack.add(taken(3));
        case 't' -> stack.add(takenToMark());
        case 'a' -> append(taken(1));
        case 'e' -> append(takenToMark());
        case 's' -> put(taken(2));
        case 'u' -> put(takenToMark());
        case 'q' -> memo.put(program.get() & 0xff, top());
        case 'r' -> memo.put(program.getInt(), top());
        case 0x94 -> memo.put(memo.size(), top());
        case 'h' -> stack.add(remembered(program.get() & 0xff));
        case 'j' -> stack.add(remembered(program.getInt()));
        case 'c' -> stack.add(global(line(), line()));
        case 0x93 -> {
          List<Object> names = taken(2);
          stack.add(global(typed(names.get(0), String.class), typed(names.get(1), String.class)));
        }
        case 'Q' -> stack.add(storage(typed(pop(), List.class)));
        case 'R' -> {
          List<?> arguments = typed(pop(), List.class);
          stack.add(called(typed(pop(), Global.class).name(), arguments));
        }
        case 'b' -> {
          // Attributes of the dictionary, such as the versions of its modules: not needed.
          pop();
          typed(top(), Map.class);
        }
        case '.' -> {
          return pop();
        }
        default ->
            throw wrong(
                String.format("byte %d is opcode 0x%02x", program.position() - 1, opcode)
                    + ", which no dictionary of tensors needs");
      }
    }
  }

  private void protocol(int version) throws TensorFileException {
    if (version < 2 || version > 5) {
      throw wrong("protocol " + version + ", expected 2 to 5");
    }
  }

  private long longOfBytes(int length) throws TensorFileException {
    if (length > Long.BYTES) {
      throw wrong("a number of " + length + " bytes, expected at most 8");
    }
    long value = 0;
    for (int i = 0; i < length; i++) {
      long digit = program.get();
      value |= (i == length - 1 ? digit : digit & 0xff) << (Byte.SIZE * i);
    }
    return value;
  }

  private String text(int length) throws TensorFileException {
    if (length < 0 || length > program.remaining()) {
      throw wrong("the pickle ends too early");
    }
    byte[] bytes = new byte[length];
    program.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String line() {
    StringBuilder line = new StringBuilder();
    for (byte c = program.get(); c != '\n'; c = program.get()) {
      line.append((char) (c & 0xff));
    }
    return line.toString();
  }

  private Object top() throws TensorFileException {
    if (stack.isEmpty()) {
      throw wrong("it takes a value of an empty stack");
    }
    return stack.getLast();
  }

  private Object pop() throws TensorFileException {
    top();
    return stack.removeLast();
  }

  private List<Object> taken(int count) throws TensorFileException {
    if (stack.size() < count) {
      throw wrong("it takes a value of an empty stack");
    }
    List<Object> last = stack.subList(stack.size() - count, stack.size());
    List<Object> values = new ArrayList<>(last);
    last.clear();
    return values;
  }

  private List<Object> takenToMark() throws TensorFileException {
    int mark = stack.lastIndexOf(Special.MARK);
    if (mark < 0) {
      throw wrong("there is no mark");
    }
    List<Object> values = taken(stack.size() - mark - 1);
    stack.removeLast();
    return values;
  }

  private Object remembered(int index) throws TensorFileException {
    Object value = memo.get(index);
    if (value == null) {
      throw wrong("nothing is remembered under " + index);
    }
    return value;
  }

  @SuppressWarnings("unchecked") // All lists that can be appended to are made here.
  private void append(List<Object> values) throws TensorFileException {
    typed(top(), ArrayList.class).addAll(values);
  }

  @SuppressWarnings("unchecked") // Dictionaries have strings as keys, see below.
  private void put(List<Object> keysAndValues) throws TensorFileException {
    Map<String, Object> dictionary = typed(top(), LinkedHashMap.class);
    if (keysAndValues.size() % 2 != 0) {
      throw wrong("a key without a value");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      dictionary.put(typed(keysAndValues.get(i), String.class), keysAndValues.get(i + 1));
    }
  }

  private Global global(String module, String name) throws TensorFileException {
    String full = module + " " + name;
    if (!STORAGES.containsKey(full) && !List.of(DICTIONARY, TENSOR, PARAMETER).contains(full)) {
      throw new TensorFileException(
          file,
          "the pickle names "
              + quote(module + "." + name)
              + ", expected nothing but tensors and dictionaries of them");
    }
    return new Global(full);
  }

  /// `('storage', class, key, device, number of elements)`.
  private Storage storage(List<?> id) throws TensorFileException {
    if (id.size() != 5 || !"storage".equals(id.getFirst())) {
      throw wrong("a reference to something that is no storage");
    }
    String type = typed(id.get(1), Global.class).name();
    DType dtype = STORAGES.get(type);
    if (dtype == null) {
      throw wrong("a storage of type " + quote(type));
    }
    return new Storage(dtype, typed(id.get(2), String.class), typed(id.get(4), Long.class));
  }

  private Object called(String function, List<?> arguments) throws TensorFileException {
    return switch (function) {
      case DICTIONARY -> {
        if (!arguments.isEmpty() && !List.of(List.of()).equals(arguments)) {
          throw wrong("a dictionary made of arguments");
        }
        yield new LinkedHashMap<String, Object>();
      }
      case TENSOR -> tensor(arguments);
      case PARAMETER -> typed(arguments.isEmpty() ? null : arguments.getFirst(), Entry.class);
      default -> throw wrong("a call of " + quote(function));
    };
  }

  /// `(storage, offset, size, stride, requires_grad, backward_hooks)`.
  private Entry tensor(List<?> arguments) throws TensorFileException {
    if (arguments.size() < 4) {
      throw wrong("a tensor of " + arguments.size() + " arguments");
    }
    Storage storage = typed(arguments.get(0), Storage.class);
    long offset = typed(arguments.get(1), Long.class);
    List<Long> dims = numbers(arguments.get(2));
    List<Long> strides = numbers(arguments.get(3));
    Shape shape;
    long last = offset;
    try {
      shape = Shape.of(dims.stream().mapToInt(Math::toIntExact).toArray());
      for (int axis = 0; axis < dims.size(); axis++) {
        long steps = Math.max(0, dims.get(axis) - 1);
        last = Math.addExact(last, Math.multiplyExact(steps, strides.get(axis)));
      }
    } catch (ArithmeticException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw wrong("a tensor whose shape is too large or not valid");
    }
    // A tensor may show an element of its storage several times, but then it is no parameter.
    boolean fits =
        strides.size() == dims.size()
            && strides.stream().allMatch(stride -> stride >= 0)
            && offset >= 0
            && last - offset < Integer.MAX_VALUE
            && (shape.size() == 0 || last < storage.elements())
            && shape.size() <= storage.elements();
    if (!fits) {
      throw wrong(
          "a tensor "
              + shape
              + " that its storage of "
              + storage.elements()
              + " elements does not hold");
    }
    return new Entry(storage.dtype(), shape, storage.key(), storage.elements(), offset, strides);
  }

  private List<Long> numbers(Object value) throws TensorFileException {
    List<Long> numbers = new ArrayList<>();
    for (Object number : typed(value, List.class)) {
      numbers.add(typed(number, Long.class));
    }
    return numbers;
  }

  private <T> T typed(@Nullable Object value, Class<T> type) throws TensorFileException {
    if (!type.isInstance(value)) {
      throw wrong("expected " + type.getSimpleName() + ", found " + described(value));
    }
    return type.cast(value);
  }

  private static String described(@Nullable Object value) {
    return switch (value) {
      case null -> "nothing";
      case Entry _ -> "a tensor";
      case Map<?, ?> _ -> "a dictionary";
      case List<?> _ -> "a list";
      case String text -> "the text " + quote(text);
      case Special special -> special == Special.NONE ? "None" : "a mark";
      case Global global -> global.name();
      default -> value.toString();
    };
  }

  private TensorFileException wrong(String problem) {
    return new TensorFileException(file, "not a pickle of tensors: " + problem);
  }
}
