import org.jspecify.annotations.NullMarked;

/// Diffusion models: the process, the samplers, training, and the command `haze`.
// XChart and Hardwood are plain jars. The build's profile image gives them descriptors.
@SuppressWarnings("requires-automatic")
@NullMarked
module haze.diffusion {
  requires static transitive org.jspecify;
  requires transitive haze.nn;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.jr.ob;
  requires dev.hardwood.core;
  requires info.picocli;
  requires transitive java.desktop;
  requires java.logging;
  // Chapter 9 of the book writes its own loops on vectors.
  requires jdk.incubator.vector;
  requires jdk.httpserver;
  // Hardwood's jar cannot say that it needs it.
  requires jdk.jfr;
  // Signals of the operating system.
  requires jdk.unsupported;
  requires org.commonmark;
  requires org.commonmark.ext.gfm.tables;
  requires xchart;

  // For --spark, if it is there.
  uses haze.diffusion.training.ClusterProvider;

  exports haze.diffusion.data;
  exports haze.diffusion.data.image;
  exports haze.diffusion.distill;
  exports haze.diffusion.editing;
  exports haze.diffusion.evaluation.bound;
  exports haze.diffusion.evaluation.frechet;
  exports haze.diffusion.figure;
  exports haze.diffusion.loss;
  exports haze.diffusion.pipeline;
  exports haze.diffusion.process;
  exports haze.diffusion.report;
  exports haze.diffusion.sampler;
  exports haze.diffusion.sampler.schedule;
  exports haze.diffusion.study;
  exports haze.diffusion.tensorboard;
  exports haze.diffusion.terminal;
  exports haze.diffusion.training;
  exports haze.diffusion.watch;

  // Hardwood looks for Snappy under this name.
  exports org.xerial.snappy to
      dev.hardwood.core;

  opens haze.diffusion.cli to
      info.picocli;
  opens haze.diffusion.cli.edit to
      info.picocli;
  opens haze.diffusion.cli.evaluate to
      info.picocli;
  opens haze.diffusion.cli.report to
      info.picocli;
  opens haze.diffusion.cli.show to
      info.picocli;
  opens haze.diffusion.cli.train to
      info.picocli;
}
