package org.kdcloudlet.server.manager.page;

/**
 * Where an operation that has ended leads.
 *
 * @param text what it says
 * @param address a path of the Manager
 */
public record OperationLink(String text, String address) {}
