import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.attribute.ModuleResolutionAttribute;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.spi.ToolProvider;
import jdk.tools.jlink.internal.PluginRepository;
import jdk.tools.jlink.plugin.Plugin;
import jdk.tools.jlink.plugin.ResourcePool;
import jdk.tools.jlink.plugin.ResourcePoolBuilder;

/// Runs jlink with one more plugin: in the image, the descriptor of `jdk.incubator.vector` loses
/// its attribute `ModuleResolution`.
///
/// That attribute says two things: do not resolve the module unless something requires it, and warn
/// when it is resolved. Haze requires it, and the warning, `WARNING: Using incubator modules:
/// jdk.incubator.vector`, would head every command's error output; no option of the JVM switches it
/// off. The module's code is not touched, and the JVM compiles it as before.
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
    System.exit(ToolProvider.findFirst("jlink").orElseThrow().run(System.out, System.err, args));
  }

  private static final class WithoutWarning implements Plugin {
    private static final String DESCRIPTOR = "/jdk.incubator.vector/module-info.class";

    @Override
    public String getName() {
      return "haze-without-incubator-warning";
    }

    /// Before the plugin that writes the descriptors of all modules into one class.
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
}
