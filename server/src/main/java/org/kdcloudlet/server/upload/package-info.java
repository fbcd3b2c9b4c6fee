/** Files on their way in that may take more than one connection, one day and one run of the server. */
package org.kdcloudlet.server.upload;
