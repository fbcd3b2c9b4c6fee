/** This cloudlet and its host: what it has, how loaded it is, how it is known. */
package org.kdcloudlet.server.host;
