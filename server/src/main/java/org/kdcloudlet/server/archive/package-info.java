/** Archives from elsewhere, read as hostile. */
package org.kdcloudlet.server.archive;
