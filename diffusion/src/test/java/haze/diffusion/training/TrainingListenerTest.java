package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TrainingListenerTest {
  private static Set<String> names(Class<?> type, Predicate<Method> wanted) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> !method.isSynthetic())
        .filter(wanted)
        .map(Method::getName)
        .collect(Collectors.toSet());
  }

  @Test
  void twoListenersTogetherPassOnEverything() {
    Set<String> events =
        names(
            TrainingListener.class,
            method -> method.isDefault() && !method.getName().equals("and"));
    Class<?> both = TrainingListener.NONE.and(TrainingListener.NONE).getClass();
    assertEquals(events, names(both, _ -> true));
  }
}
