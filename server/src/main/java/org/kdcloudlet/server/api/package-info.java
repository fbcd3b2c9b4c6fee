/**
 * The device API of spec/device-api.md, plain mode. Thin: it parses, asks the domain, and writes what clients in the field
 * expect to the letter.
 */
package org.kdcloudlet.server.api;
