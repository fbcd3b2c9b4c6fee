package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.kdcloudlet.server.account.Actor;

/** Whoever could open the Unix socket is an administrator; the kernel tells which user of the host it is (unix(7), SO_PEERCRED). */
final class SocketIdentification implements Identification {
    @Override
    public Actor identify(Context context) {
        return Actor.local(user(context));
    }

    /** No page of a browser reaches the socket. */
    @Override
    public void confirm(Context context, Actor actor) {}

    private static String user(Context context) {
        Object transport = ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint()
                .getTransport();
        try {
            return transport instanceof SocketChannel channel
                    ? channel.getOption(ExtendedSocketOptions.SO_PEERCRED)
                            .user()
                            .getName()
                    : "local";
        } catch (IOException | UnsupportedOperationException notTold) {
            return "local";
        }
    }
}
