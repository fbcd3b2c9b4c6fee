/**
 * HTTP/1.1 (RFC 9112) as far as the device API needs it, over plain sockets: one deadline for a whole exchange, bounded
 * replies, no redirects, and never a request sent twice that may have an effect. Not for apps; nothing here promises to stay
 * as it is.
 */
package org.kdcloudlet.client.http;
