/** The speech recognition service: the wire protocol of the reference system in front of a recognizer. Needs the module java.base alone. */
package org.kdcloudlet.speech.service;
