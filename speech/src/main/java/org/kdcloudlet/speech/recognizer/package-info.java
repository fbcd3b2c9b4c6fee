/** Engines that turn samples into words. */
package org.kdcloudlet.speech.recognizer;
