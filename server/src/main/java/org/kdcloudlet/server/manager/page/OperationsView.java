package org.kdcloudlet.server.manager.page;

/**
 * What a page of operations shows of all of them.
 *
 * @param rows the state of the table that its rows are of
 * @param last the smallest id; 0 when there is none
 * @param older where the next page is; empty when there is none
 */
public record OperationsView(String rows, long last, String older) {}
