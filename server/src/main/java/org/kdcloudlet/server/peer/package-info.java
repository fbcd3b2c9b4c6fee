/** Other cloudlets: which are in reach, how busy they are, and what they offer. */
package org.kdcloudlet.server.peer;
