/** Certificates of this cloudlet: those it is given, and those of an authority of its own. */
package org.kdcloudlet.server.tls;
