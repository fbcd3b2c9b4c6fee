package org.kdcloudlet.benchmark;

import java.nio.file.Path;
import java.util.List;

/**
 * What a run of the benchmark was asked for.
 *
 * @param image the demo guest
 * @param folder where everything temporary goes; removed at the end
 * @param jvmFlags of the server under test and of the bare Javalin beside it
 * @param samples how many of each figure and of its floor, at least 12 for a verdict
 */
record Settings(Path image, Path folder, List<String> jvmFlags, int samples) {}
