package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;

/** The connections that requests come by. */
final class Connections {
    private Connections() {}

    /** What closes the connection of a request, from any thread: whoever reads or writes by it gets an error. */
    static Runnable closing(Context context) {
        EndPoint connection = ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint();
        return connection::close;
    }
}
