/** This cloudlet as a host: its name, load and network addresses, and how devices find it. */
package org.kdcloudlet.server.host;
