#!/bin/bash
# JDK 25 with picocli 4.7.7: an AOT cache has none of picocli's classes.
#
# One would guess: a program's AOT cache (-XX:AOTCacheOutput) holds the classes that its training run
# loaded, so that a command line's parser, which is most of what a small command loads, is mapped and
# not read and verified.
#
# What happens: picocli's classes have the format of Java 5, without stack maps, and the JVM leaves such
# classes out. There is a warning for each class while the cache is made, and nothing when it is used. Rewritten in
# the format of Java 8, with stack maps by the JDK's own java.lang.classfile, all are in it.
#
# Why it matters: the start gains little, and the program's own classes, which are in the cache, hide why.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/javac" ] && [[ $("$home/bin/java" -version 2>&1) == *'version "25'* ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 25: set JAVA_HOME}"
"$jdk/bin/java" -version 2>&1 | sed -n 2p
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy \
  -Dartifact=info.picocli:picocli:4.7.7 -DoutputDirectory="$dir" > /dev/null
cd "$dir"

cat > Hello.java <<'JAVA'
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "hello", mixinStandardHelpOptions = true)
public class Hello implements Runnable {
  @Option(names = "--name", description = "whom to greet")
  String name = "you";

  public void run() {
    System.out.println("hello " + name);
  }

  public static void main(String[] args) {
    System.exit(new CommandLine(new Hello()).execute(args));
  }
}
JAVA
"$jdk/bin/javac" -cp picocli-4.7.7.jar -proc:none -d classes Hello.java
"$jdk/bin/jar" --create --file hello.jar -C classes .

cat > Renew.java <<'JAVA'
import java.lang.classfile.*;
import java.lang.constant.ClassDesc;
import java.nio.file.*;
import java.util.jar.*;

public class Renew {
  public static void main(String[] args) throws Exception {
    try (JarFile in = new JarFile(args[0]);
        JarOutputStream out = new JarOutputStream(Files.newOutputStream(Path.of(args[1])))) {
      var own =
          ClassHierarchyResolver.ofResourceParsing(
              (ClassDesc type) -> {
                String text = type.descriptorString();
                JarEntry entry = in.getJarEntry(text.substring(1, text.length() - 1) + ".class");
                try {
                  return entry == null ? null : in.getInputStream(entry);
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      var file =
          ClassFile.of(
              ClassFile.ClassHierarchyResolverOption.of(
                  own.orElse(ClassHierarchyResolver.defaultResolver())));
      ClassTransform format =
          (builder, element) -> {
            if (element instanceof ClassFileVersion) {
              builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
            } else {
              builder.with(element);
            }
          };
      var renew = ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(format);
      for (JarEntry entry : in.stream().toList()) {
        byte[] bytes = in.getInputStream(entry).readAllBytes();
        boolean old = entry.getName().startsWith("picocli/") && entry.getName().endsWith(".class");
        out.putNextEntry(new JarEntry(entry.getName()));
        out.write(old ? file.transformClass(file.parse(bytes), renew) : bytes);
      }
    }
  }
}
JAVA
"$jdk/bin/java" Renew.java picocli-4.7.7.jar renewed.jar

# How many of picocli's classes a run takes from the cache, and how many it reads from the jar.
count() {
  "$jdk/bin/java" -XX:AOTCacheOutput="$2.aot" -cp "hello.jar:$1" Hello > "$2.log" 2>&1
  "$jdk/bin/java" -XX:AOTCache="$2.aot" -Xlog:class+load -cp "hello.jar:$1" Hello > "$2.loaded"
  grep ' picocli[.]' "$2.loaded" > "$2.picocli"
  echo "$1: $(grep -c 'shared objects file' "$2.picocli" || true) of $(wc -l < "$2.picocli") from the cache;" \
    "of its own: $(grep -c ' Hello .*shared objects file' "$2.loaded" || true)"
}
count picocli-4.7.7.jar old | tee result
count renewed.jar new | tee -a result
grep -m1 'picocli.*Old class has been linked' old.log || true

[ "$(grep -c 'own: 1$' result)" = 2 ] || { echo "CHANGED: the cache is not used"; exit 1; }
grep -q '^picocli-4.7.7.jar: 0 of' result || { echo "CHANGED: the cache takes picocli's classes"; exit 1; }
grep -Eq '^renewed.jar: ([1-9][0-9]*) of \1 from' result || { echo "CHANGED: nor does it take all of the rewritten ones"; exit 1; }
echo "as described"
