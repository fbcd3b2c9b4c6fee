/** Services and what they are started from: their metadata, the versions of their image and the templates made of these. */
package org.kdcloudlet.server.catalog;
