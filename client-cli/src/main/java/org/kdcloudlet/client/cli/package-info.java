/** The client program: each command is one class, and does nothing that the library does not offer to every app. */
package org.kdcloudlet.client.cli;
