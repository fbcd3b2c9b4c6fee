/** The desktop client of the speech recognition service: {@code ./cloudlet speech}. */
package org.kdcloudlet.speech.client;
