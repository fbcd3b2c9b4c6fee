/** From a WAV file to what a recognizer takes: 16 kHz, mono, 16-bit samples. */
package org.kdcloudlet.speech.audio;
