/** The app store: Android packages that clients download from this cloudlet, and what an operator says of them. */
package org.kdcloudlet.server.app;
