package org.kdcloudlet.client.rank;

/** Says how good a cloudlet is for a service. Called from several threads. */
@FunctionalInterface
public interface Ranker {
    /**
     * Ranks one cloudlet that offers the service.
     *
     * @param candidate what is known of it
     * @return the higher the better; 0, less, or not a number: it is not to be chosen
     */
    double rank(Candidate candidate);
}
