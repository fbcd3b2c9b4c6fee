/**
 * The floors: the least that could do the same job, as small programs that a reader can check. They share no code with the
 * server.
 */
package org.kdcloudlet.benchmark.floor;
