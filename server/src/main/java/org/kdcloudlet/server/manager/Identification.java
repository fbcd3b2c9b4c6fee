package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import org.kdcloudlet.server.account.Actor;

/** Tells who asks, by the way in. */
interface Identification {
    /**
     * Who asks, by the headers of the request alone.
     *
     * @throws org.kdcloudlet.server.error.CloudletException NOT_AUTHENTICATED
     */
    Actor identify(Context context);

    /**
     * Makes sure that somebody meant a request that changes something. Its headers may tell, or its body, if that was read.
     *
     * @param actor whom it was found to be from
     * @throws org.kdcloudlet.server.error.CloudletException FORBIDDEN for a request that may be forged
     */
    void confirm(Context context, Actor actor);
}
