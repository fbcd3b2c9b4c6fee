/**
 * How cloudlets are compared. A {@link org.kdcloudlet.client.rank.Ranker} of an app's own is one lambda:
 * {@code candidate -> candidate.system().cores()}.
 */
package org.kdcloudlet.client.rank;
