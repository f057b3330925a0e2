#!/bin/bash
# JDK 25: an archive of classes in a runtime image can make a program on the Vector API several times slower.
#
# One would guess: an archive for class data sharing, dumped in a runtime image with the image's own
# java -Xshare:dump, makes a start faster and changes nothing else.
#
# What happens: in an image whose jdk.incubator.vector has lost the attribute ModuleResolution (see
# incubator-warning-is-in-the-descriptor.sh), the archive holds the graph of modules too. The JVM
# turns the Vector API's compilation on when it defines the module jdk.incubator.vector. With an
# archived graph it does not define it: every vector is an object, and nothing says so.
# Dumped with another option for modules than the start has, here --add-modules, the archive is used
# for classes and its graph is not: the program is as fast as without an archive. So it is with the
# archive's graph and -XX:+EnableVectorSupport -XX:+EnableVectorReboxing
# -XX:+EnableVectorAggressiveReboxing, behind -XX:+UnlockExperimentalVMOptions.
#
# Why it matters: whoever measures the start alone sees a gain.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/jlink" ] && [[ $("$home/bin/java" -version 2>&1) == *'version "25'* ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 25: set JAVA_HOME}"
"$jdk/bin/java" -version 2>&1 | sed -n 2p

cat > "$dir/Vectors.java" <<'JAVA'
import jdk.incubator.vector.FloatVector;

public final class Vectors {
  public static void main(String[] args) {
    float[] x = new float[1024];
    add(x, 20_000);
    long start = System.nanoTime();
    add(x, 200_000);
    System.out.println((System.nanoTime() - start) / 1_000_000);
  }

  static void add(float[] x, int rounds) {
    for (int round = 0; round < rounds; round++) {
      add(x);
    }
  }

  static void add(float[] x) {
    var species = FloatVector.SPECIES_PREFERRED;
    for (int i = 0; i < x.length; i += species.length()) {
      FloatVector.fromArray(species, x, i).add(1).intoArray(x, i);
    }
  }
}
JAVA
"$jdk/bin/javac" --add-modules jdk.incubator.vector -Xlint:-incubating -d "$dir" "$dir/Vectors.java" 2> "$dir/log" || { cat "$dir/log"; exit 1; }

# jlink with a plugin that drops the attribute.
cat > "$dir/Link.java" <<'JAVA'
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.attribute.ModuleResolutionAttribute;
import java.util.EnumSet;
import java.util.Set;
import java.util.spi.ToolProvider;
import jdk.tools.jlink.internal.PluginRepository;
import jdk.tools.jlink.plugin.Plugin;
import jdk.tools.jlink.plugin.ResourcePool;
import jdk.tools.jlink.plugin.ResourcePoolBuilder;

final class Link {
  static void main(String[] args) {
    PluginRepository.registerPlugin(
        new Plugin() {
          @Override
          public String getName() {
            return "no-resolution";
          }

          @Override
          public Category getType() {
            return Category.FILTER;
          }

          @Override
          public Set<State> getState() {
            return EnumSet.of(State.AUTO_ENABLED, State.FUNCTIONAL);
          }

          @Override
          public ResourcePool transform(ResourcePool in, ResourcePoolBuilder out) {
            in.transformAndCopy(
                entry ->
                    entry.path().equals("/jdk.incubator.vector/module-info.class")
                        ? entry.copyWithContent(
                            ClassFile.of()
                                .transformClass(
                                    ClassFile.of().parse(entry.contentBytes()),
                                    ClassTransform.dropping(
                                        e -> e instanceof ModuleResolutionAttribute)))
                        : entry,
                out);
            return out.build();
          }
        });
    System.exit(ToolProvider.findFirst("jlink").orElseThrow().run(System.out, System.err, args));
  }
}
JAVA
"$jdk/bin/java" --add-modules jdk.jlink \
  --add-exports jdk.jlink/jdk.tools.jlink.internal=ALL-UNNAMED \
  --add-exports jdk.jlink/jdk.tools.jlink.plugin=ALL-UNNAMED \
  "$dir/Link.java" --add-modules jdk.incubator.vector --output "$dir/image"

# The fastest of five, in milliseconds.
fastest() {
  for _ in 1 2 3 4 5; do
    "$dir/image/bin/java" "$@" -cp "$dir" Vectors
  done | sort -n | head -1
}
graph() {
  "$dir/image/bin/java" -Xlog:cds,aot -cp "$dir" Vectors | grep -o ' full module graph: .*' | tail -1 || echo 'none'
}

none=$(fastest)
"$dir/image/bin/java" -Xshare:dump > "$dir/log"
whole=$(fastest)
echo "$(graph)"
flags=$(fastest -XX:+UnlockExperimentalVMOptions -XX:+EnableVectorSupport \
  -XX:+EnableVectorReboxing -XX:+EnableVectorAggressiveReboxing)
"$dir/image/bin/java" -Xshare:dump --add-modules jdk.incubator.vector > "$dir/log"
other=$(fastest)
echo "dumped with --add-modules: $(graph)"
echo "without an archive $none ms; with one $whole; with one and the flags $flags; dumped with --add-modules $other"

[ "$whole" -gt $((2 * none)) ] || { echo 'the archive is not slow: the JDK has changed'; exit 1; }
[ "$flags" -lt $((2 * none)) ] && [ "$other" -lt $((2 * none)) ] || { echo 'still slow'; exit 1; }
