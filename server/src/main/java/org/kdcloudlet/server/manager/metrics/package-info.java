/** Figures for monitoring, in the text format of Prometheus. */
package org.kdcloudlet.server.manager.metrics;
