/** Backups of a cloudlet, and their restoration. */
package org.kdcloudlet.server.backup;
