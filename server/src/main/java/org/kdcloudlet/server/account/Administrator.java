package org.kdcloudlet.server.account;

import java.time.Instant;

/**
 * One who administers this cloudlet.
 *
 * @param name 1 to 64 characters of {@code a-z 0-9 . _ -}, first a letter or digit
 * @param role what this one may do
 * @param created since when
 * @param passwordChanged when the password was last set
 */
public record Administrator(String name, Role role, Instant created, Instant passwordChanged) {}
