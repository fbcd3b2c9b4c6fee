/** Screens and keyboards of machines in the browser: WebSockets that lead to the RFB (VNC) servers of machines. */
package org.kdcloudlet.server.manager.console;
