/**
 * Administration: the REST API {@code /v1} (docs/reference/openapi.yaml) on a Unix socket. Thin: each resource reads a
 * request, calls the domain, and writes the answer.
 */
package org.kdcloudlet.server.manager;
