/** Networks for tests: hosts as Linux network namespaces, and the real avahi-daemon on them. */
package org.kdcloudlet.server.network;
