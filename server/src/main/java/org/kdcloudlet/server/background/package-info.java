/** Threads for work that nobody waits for. */
package org.kdcloudlet.server.background;
