/**
 * Makes this cloudlet known by DNS-SD over multicast DNS (spec/discovery.md): by avahi-daemon when it runs, else by answering
 * itself.
 */
package org.kdcloudlet.server.host.announcement;
