/// Training on Apache Spark.
@NullMarked
package haze.diffusion.spark;

import org.jspecify.annotations.NullMarked;
