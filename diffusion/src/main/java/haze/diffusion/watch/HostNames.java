package haze.diffusion.watch;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The names under which a server is asked for.
///
/// A page of the web can ask its visitors' browsers for a name of its own, and let the name lead to
/// any address (DNS rebinding). The browser sends that name as `Host`. An address needs no look-up,
/// so that every address is as good as the right one.
record HostNames(String given) {
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+(%25[\\w.-]+)?\\]");

  private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");

  /// {@return whether the value of a `Host` header is one of the names: an address, `localhost`, or
  /// the name that was given}
  boolean contain(@Nullable String header) {
    if (header == null) {
      return false;
    }
    String host = PORT.matcher(header.toLowerCase(Locale.ROOT)).replaceFirst("");
    return ADDRESS.matcher(host).matches()
        || host.equals("localhost")
        || host.equals(given.toLowerCase(Locale.ROOT));
  }
}
