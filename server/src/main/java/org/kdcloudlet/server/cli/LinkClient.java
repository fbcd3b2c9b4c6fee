package org.kdcloudlet.server.cli;

import java.net.URI;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.io.ClientConnector;

/** A client that prepares each of its requests, those that open WebSockets too, to arrive at a server and be answered. */
@SuppressWarnings("try") // Its close() may be interrupted, as that of the class that it extends.
final class LinkClient extends HttpClient {
    private final UnaryOperator<Request> preparation;

    LinkClient(ClientConnector connector, UnaryOperator<Request> preparation) {
        super(new HttpClientTransportOverHTTP(connector));
        this.preparation = preparation;
    }

    @Override
    public Request newRequest(URI uri) {
        return preparation.apply(super.newRequest(uri));
    }
}
