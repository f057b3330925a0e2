package haze.diffusion.terminal;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/// Receives signals of the operating system in the place of the JVM, until it is closed.
///
/// The JDK has `sun.misc.Signal` for that. A shutdown hook would see the first signal only, and
/// could not keep the JVM from ending with the signal's exit code. javac warns of every direct use
/// of the class, and has no option against that, so it is called through method handles.
final class Signals implements AutoCloseable {
  private static final String SIGNAL = "sun.misc.Signal";

  private final MethodHandle handle;
  private final MethodHandle signal;
  private final List<Former> former = new ArrayList<>();

  /// What a signal did before.
  private record Former(Object signal, Object handler) {}

  /// From now on the signals go to a receiver. One that this operating system does not have, or
  /// that the JVM was started to leave alone (`-Xrs`), stays as it is.
  ///
  /// @param names such as `TERM`
  /// @param receiver takes the number of each signal, on a thread of its own
  Signals(List<String> names, IntConsumer receiver) {
    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
    Object handler;
    try {
      Class<?> type = Class.forName(SIGNAL);
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      signal = lookup.findConstructor(type, MethodType.methodType(void.class, String.class));
      handle = lookup.findStatic(type, "handle", MethodType.methodType(handlers, type, handlers));
      MethodHandle number = lookup.findVirtual(type, "getNumber", MethodType.methodType(int.class));
      MethodHandle accept =
          lookup.findVirtual(
              IntConsumer.class, "accept", MethodType.methodType(void.class, int.class));
      handler =
          MethodHandleProxies.asInterfaceInstance(
              handlers, MethodHandles.filterArguments(accept.bindTo(receiver), 0, number));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("signals: this JDK has no module jdk.unsupported", e);
    }
    for (String name : names) {
      try {
        Object known = call(signal, name);
        former.add(new Former(known, call(handle, known, handler)));
      } catch (IllegalArgumentException e) {
        // Stays as it is.
      }
    }
  }

  private static Object call(MethodHandle method, Object... arguments) {
    try {
      return method.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// Signals do again what they did before.
  @Override
  public void close() {
    former.forEach(before -> call(handle, before.signal, before.handler));
  }
}
