package org.kdcloudlet.server.instance;

import java.util.Optional;

/**
 * The pool of one service.
 *
 * @param serviceId the id that clients use
 * @param wanted how many clones should wait
 * @param ready how many do
 * @param problem why the last attempt to add one failed, until one succeeds
 */
public record PoolStatus(String serviceId, int wanted, int ready, Optional<String> problem) {}
