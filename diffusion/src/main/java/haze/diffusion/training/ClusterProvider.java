package haze.diffusion.training;

import java.util.Optional;
import java.util.OptionalInt;

/// Brings machines of a cluster to work for `haze train`. A module that has one is found by
/// [java.util.ServiceLoader].
public interface ClusterProvider {
  /// What a command asks for.
  ///
  /// @param title of the run, for the cluster's pages
  /// @param master the address of the cluster, such as `spark://host:7077`; if it is empty, that
  ///   which the program was submitted to
  /// @param executors how many processes share the work, at least 1
  /// @param threads of each; if it is empty, as many as the cluster gives each
  record Request(String title, Optional<String> master, int executors, OptionalInt threads) {}

  /// {@return what computes the steps there}
  ///
  /// @throws haze.diffusion.pipeline.RequestException if there is no such cluster
  StepEngine open(Request request);
}
