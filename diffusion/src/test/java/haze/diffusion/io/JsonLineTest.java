package haze.diffusion.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonLineTest {
  @Test
  void membersAreInTheirOrderAndOnOneLine() {
    assertEquals(
        "{\"b\":1,\"a\":\"x\\ny \\\"z\\\"\",\"c\":[1,2.5,null],\"d\":{\"e\":true},\"f\":[28,1]}",
        new JsonLine()
            .put("b", 1)
            .put("a", "x\ny \"z\"")
            .put("c", Arrays.asList(1, 2.5, null))
            .put("d", new JsonLine().put("e", true))
            .put("f", new int[] {28, 1})
            .toString());
  }

  @Test
  void whatIsNotFiniteIsNull() {
    assertEquals(
        "{\"a\":null,\"b\":[null],\"c\":{\"d\":null},\"e\":[{\"f\":null}]}",
        new JsonLine()
            .put("a", Double.NaN)
            .put("b", List.of(Double.POSITIVE_INFINITY))
            .put("c", Map.of("d", Double.NEGATIVE_INFINITY))
            .put("e", List.of(new JsonLine().put("f", Double.NaN)))
            .toString());
  }

  @Test
  void theMembersOfAFileAndOfAnotherObjectAreTaken() {
    assertEquals(
        "{\"a\":1,\"b\":[2],\"c\":3}",
        new JsonLine()
            .putAll("{\"a\": 1,\n \"b\": [2]}\n")
            .putAll(new JsonLine().put("c", 3))
            .toString());
  }
}
