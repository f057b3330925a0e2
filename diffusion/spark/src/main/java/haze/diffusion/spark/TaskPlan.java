package haze.diffusion.spark;

import haze.diffusion.training.RunConfiguration;
import java.io.Serializable;

/// What Spark carries to each task.
///
/// @param host of the driver
/// @param port on which it waits for the tasks
/// @param token that it wants to see
/// @param tasks how many there are
/// @param threads of a task
/// @param run what is trained
record TaskPlan(String host, int port, Token token, int tasks, int threads, RunConfiguration run)
    implements Serializable {}
