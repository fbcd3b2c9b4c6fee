/** What {@code ./cloudlet bench} runs: each figure beside its floor, interleaved in the same run, judged as a ratio. */
package org.kdcloudlet.benchmark;
