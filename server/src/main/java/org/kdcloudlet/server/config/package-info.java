/**
 * Configuration: one immutable record per concern, each of which declares its keys, defaults and bounds in one place.
 *
 * <p>Everything has a default, so a server runs without any file. What a file says wrongly is reported all at once.
 */
package org.kdcloudlet.server.config;
