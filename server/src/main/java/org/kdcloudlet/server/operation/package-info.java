/** Long work that can be watched and cancelled, and the events by which others learn what happens. */
package org.kdcloudlet.server.operation;
