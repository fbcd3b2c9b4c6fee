/**
 * Multicast DNS and DNS service discovery (RFC 6762, RFC 6763), as far as it takes to find cloudlets. Not for apps: use
 * {@link org.kdcloudlet.client.CloudletFinder}. Nothing here promises to stay as it is.
 */
package org.kdcloudlet.client.mdns;
