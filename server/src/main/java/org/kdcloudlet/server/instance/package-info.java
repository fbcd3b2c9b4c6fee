/** Running Service VMs: start, join, stop, the pool of clones that wait for a start, adoption after a restart. */
package org.kdcloudlet.server.instance;
