/** The data directory and the database in it. Knows nothing of what is kept there. */
package org.kdcloudlet.server.storage;
