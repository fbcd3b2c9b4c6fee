package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import org.kdcloudlet.server.account.Actor;

/** Tells who asks, by the way in. */
@FunctionalInterface
interface Identification {
    /**
     * @param changes whether something is to be changed
     * @throws org.kdcloudlet.server.error.CloudletException NOT_AUTHENTICATED; FORBIDDEN for a request that may be forged
     */
    Actor identify(Context context, boolean changes);
}
