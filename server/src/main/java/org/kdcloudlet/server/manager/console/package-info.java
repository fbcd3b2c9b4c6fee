/** WebSockets that lead to machines: to their RFB (VNC) servers for the browser, and to their serial ports for the command line. */
package org.kdcloudlet.server.manager.console;
