/** Figures of the speech recognition service: how well, how fast, beside what. */
package org.kdcloudlet.benchmark.speech;
