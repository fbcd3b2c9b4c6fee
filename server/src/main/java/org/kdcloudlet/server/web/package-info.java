/** What the device API and the Manager share as web servers: how Jetty is set up, and how replies are written. */
package org.kdcloudlet.server.web;
