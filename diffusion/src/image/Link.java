import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.attribute.ModuleResolutionAttribute;
import java.lang.constant.ClassDesc;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.spi.ToolProvider;
import jdk.tools.jlink.internal.PluginRepository;
import jdk.tools.jlink.plugin.Plugin;
import jdk.tools.jlink.plugin.ResourcePool;
import jdk.tools.jlink.plugin.ResourcePoolBuilder;
import jdk.tools.jlink.plugin.ResourcePoolEntry;

/// Runs jlink with two more plugins.
///
/// In the image, the descriptor of `jdk.incubator.vector` loses its attribute `ModuleResolution`.
/// It says two things: do not resolve the module unless something requires it, and warn when it is
/// resolved. Haze requires it, and the warning, `WARNING: Using incubator modules:
/// jdk.incubator.vector`, would head every command's error output; no option of the JVM switches it
/// off. The module's code is not touched, and the JVM compiles it as before.
///
/// Classes of a format before Java 6's get that of Java 8, with the stack maps that it asks for:
/// without, the JVM leaves most of them out of its archive of classes. They are picocli's, which
/// every command loads: it starts 60 ms earlier.
///
/// jlink has no public interface for plugins, so this reaches into it, and it stops with an error
/// where the JDK has no such attribute.
///
/// ```
/// java --add-modules jdk.jlink
///   --add-exports jdk.jlink/jdk.tools.jlink.internal=ALL-UNNAMED
///   --add-exports jdk.jlink/jdk.tools.jlink.plugin=ALL-UNNAMED
///   Link.java ARGUMENTS-OF-JLINK
/// ```
final class Link {
  private Link() {}

  static void main(String[] args) {
    PluginRepository.registerPlugin(new WithoutWarning());
    PluginRepository.registerPlugin(new Archivable());
    System.exit(ToolProvider.findFirst("jlink").orElseThrow().run(System.out, System.err, args));
  }

  /// A plugin that jlink runs without being asked, before the one that writes the descriptors of
  /// all modules into one class.
  private abstract static class Filter implements Plugin {
    private final String name;

    Filter(String name) {
      this.name = name;
    }

    @Override
    public String getName() {
      return name;
    }

    @Override
    public Category getType() {
      return Category.FILTER;
    }

    @Override
    public Set<State> getState() {
      return EnumSet.of(State.AUTO_ENABLED, State.FUNCTIONAL);
    }
  }

  private static final class WithoutWarning extends Filter {
    private static final String DESCRIPTOR = "/jdk.incubator.vector/module-info.class";

    WithoutWarning() {
      super("haze-without-incubator-warning");
    }

    @Override
    public ResourcePool transform(ResourcePool in, ResourcePoolBuilder out) {
      AtomicBoolean found = new AtomicBoolean();
      ClassTransform strip =
          ClassTransform.dropping(
              element -> {
                boolean dropped = element instanceof ModuleResolutionAttribute;
                found.compareAndSet(false, dropped);
                return dropped;
              });
      in.transformAndCopy(
          entry -> {
            if (!entry.path().equals(DESCRIPTOR)) {
              return entry;
            }
            ClassFile file = ClassFile.of();
            return entry.copyWithContent(
                file.transformClass(file.parse(entry.contentBytes()), strip));
          },
          out);
      if (!found.get()) {
        throw new IllegalStateException(DESCRIPTOR + " has no attribute ModuleResolution");
      }
      return out.build();
    }
  }

  private static final class Archivable extends Filter {
    Archivable() {
      super("haze-archivable-classes");
    }

    @Override
    public ResourcePool transform(ResourcePool in, ResourcePoolBuilder out) {
      in.transformAndCopy(entry -> isOld(entry) ? renewed(entry, in) : entry, out);
      return out.build();
    }

    private static boolean isOld(ResourcePoolEntry entry) {
      if (!entry.path().endsWith(".class")) {
        return false;
      }
      byte[] bytes = entry.contentBytes();
      // Big-endian: the magic number, the minor version, the major version.
      return bytes[6] == 0 && bytes[7] < ClassFile.JAVA_6_VERSION;
    }

    /// Stack maps name superclasses that two classes have in common; they are looked up in the
    /// class's own module and the JDK. A class for which that is not enough stays as it is, and is
    /// named: it is verified at each start, as before.
    private static ResourcePoolEntry renewed(ResourcePoolEntry old, ResourcePool pool) {
      ClassHierarchyResolver module =
          ClassHierarchyResolver.ofResourceParsing(
              (ClassDesc type) -> {
                String name = type.packageName().replace('.', '/') + '/' + type.displayName();
                return pool.findEntryInContext(name + ".class", old)
                    .map(ResourcePoolEntry::content)
                    .orElse(null);
              });
      ClassFile file =
          ClassFile.of(
              ClassFile.ClassHierarchyResolverOption.of(
                  module.orElse(ClassHierarchyResolver.defaultResolver())));
      ClassTransform renew =
          ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
              .andThen(
                  (builder, element) -> {
                    if (element instanceof ClassFileVersion) {
                      builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
                    } else {
                      builder.with(element);
                    }
                  });
      try {
        return old.copyWithContent(file.transformClass(file.parse(old.contentBytes()), renew));
      } catch (IllegalArgumentException e) {
        System.err.println("not in the archive of classes: " + old.path() + ", " + e.getMessage());
        return old;
      }
    }
  }
}
