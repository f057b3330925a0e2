#!/bin/bash
# JDK 25: the warning of an incubator module cannot be switched off, but jlink can leave it out.
#
# One would guess: a program whose own module says `requires jdk.incubator.vector` has made its
# choice, and in a runtime image that was linked for it the JVM need not warn of it; or an option of
# the JVM for warnings switches that one off.
#
# What happens: every start prints "WARNING: Using incubator modules: jdk.incubator.vector" to the
# error output, from an image too, and with -Xlog:disable and -XX:-PrintWarnings. The warning comes
# from the attribute ModuleResolution of the module's descriptor. A plugin of jlink that drops the
# attribute ends it; the Vector API's compilation stays on. jlink exports no interface for plugins,
# and a module that provides one is not resolved; but a program that calls jlink can register it.
#
# Why it matters: a command line tool on the Vector API has a foreign line at the head of its error
# output, in every log and test that compares it.
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

mkdir -p "$dir/src/hello"
cat > "$dir/src/module-info.java" <<'JAVA'
module hello {
  requires jdk.incubator.vector;
}
JAVA
cat > "$dir/src/hello/Hello.java" <<'JAVA'
package hello;

public final class Hello {
  public static void main(String[] args) {
    System.out.println("hello");
  }
}
JAVA
"$jdk/bin/javac" -Xlint:-incubating -d "$dir/hello" "$dir"/src/module-info.java "$dir"/src/hello/*.java

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
            return "without-resolution-attribute";
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
            ClassFile file = ClassFile.of();
            in.transformAndCopy(
                e ->
                    e.path().equals("/jdk.incubator.vector/module-info.class")
                        ? e.copyWithContent(
                            file.transformClass(
                                file.parse(e.contentBytes()),
                                ClassTransform.dropping(
                                    a -> a instanceof ModuleResolutionAttribute)))
                        : e,
                out);
            return out.build();
          }
        });
    System.exit(ToolProvider.findFirst("jlink").orElseThrow().run(System.out, System.err, args));
  }
}
JAVA
link=(--module-path "$dir/hello" --add-modules hello)
"$jdk/bin/jlink" "${link[@]}" --output "$dir/plain" > /dev/null
"$jdk/bin/java" --add-modules jdk.jlink \
  --add-exports jdk.jlink/jdk.tools.jlink.internal=ALL-UNNAMED \
  --add-exports jdk.jlink/jdk.tools.jlink.plugin=ALL-UNNAMED \
  "$dir/Link.java" "${link[@]}" --output "$dir/stripped" > /dev/null

run() { # NAME COMMAND...: what the command writes to the error output
  "${@:2}" -m hello/hello.Hello > /dev/null 2> "$dir/$1.err"
  echo "--- $1"; cat "$dir/$1.err"
}
"$jdk/bin/java" -version 2>&1 | tail -1
run "JDK" "$jdk/bin/java" -p "$dir/hello"
run "JDK, -Xlog:disable -XX:-PrintWarnings" "$jdk/bin/java" -Xlog:disable -XX:-PrintWarnings -p "$dir/hello"
run "image" "$dir/plain/bin/java"
run "image without the attribute" "$dir/stripped/bin/java"
echo "--- and its compiler"
"$dir/stripped/bin/java" -Xlog:compilation=info -m hello/hello.Hello | grep EnableVectorSupport | tee "$dir/compiler"

for name in "JDK" "JDK, -Xlog:disable -XX:-PrintWarnings" "image"; do
  grep -q '^WARNING: Using incubator modules: jdk.incubator.vector$' "$dir/$name.err" ||
    { echo "CHANGED: no warning: $name"; exit 1; }
done
[ ! -s "$dir/image without the attribute.err" ] || { echo "CHANGED: it warns all the same"; exit 1; }
grep -q 'EnableVectorSupport=true' "$dir/compiler" || { echo "CHANGED: vectors are not compiled"; exit 1; }
echo "as described"
