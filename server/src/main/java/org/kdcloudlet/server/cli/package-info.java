/** The commands of {@code ./cloudlet}: clients of the admin REST API, and the server in the foreground. */
package org.kdcloudlet.server.cli;
