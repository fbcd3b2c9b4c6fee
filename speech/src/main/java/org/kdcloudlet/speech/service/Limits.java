package org.kdcloudlet.speech.service;

import java.time.Duration;

/**
 * What a client may cost.
 *
 * @param maxConnections at once, of all ports; one more is told so and closed
 * @param idle how long a connection may say nothing between two requests
 * @param transfer how long a request may take to arrive from its first byte on, and an answer to be taken
 */
public record Limits(int maxConnections, Duration idle, Duration transfer) {
    /** The largest WAV file, in bytes. Source: spec/speech.md. */
    public static final int MAX_FILE = 10 * 1024 * 1024;

    /** 32 connections, 5 minutes, 1 minute. */
    public static final Limits DEFAULT = new Limits(32, Duration.ofMinutes(5), Duration.ofMinutes(1));
}
