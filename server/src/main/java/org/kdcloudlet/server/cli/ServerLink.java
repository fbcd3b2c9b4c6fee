package org.kdcloudlet.server.cli;

import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Transport;

/** The way from a command to a server, and what its failures mean to the operator. */
interface ServerLink {
    /** A client whose requests go this way; not started yet. */
    HttpClient client();

    /** What stands before the paths of the admin REST API, as {@code https://ridge.local:9998}. */
    String address();

    /** A request for a path of the admin REST API. */
    default Request request(HttpClient client, HttpMethod method, String path) {
        return client.newRequest(address() + path).method(method);
    }

    /** Whether the server is elsewhere, so that the way to it may break. */
    boolean isRemote();

    /**
     * What a refusal of the server means.
     *
     * @param code of the server, empty when what answered is no cloudlet
     */
    CommandFailedException refused(int status, String code, String message);

    /** Why no answer came. */
    CommandFailedException unreachable(Throwable cause);

    /** The Unix socket in the data directory of a server on this host. */
    record Local(Path socket) implements ServerLink {
        static Local of(Path dataDirectory) {
            return new Local(dataDirectory.resolve("cloudlet.sock"));
        }

        @Override
        public HttpClient client() {
            return new LinkClient(new ClientConnector(), request -> request.transport(new Transport.TCPUnix(socket)));
        }

        @Override
        public String address() {
            return "http://localhost";
        }

        @Override
        public boolean isRemote() {
            return false;
        }

        @Override
        public CommandFailedException refused(int status, String code, String message) {
            return new CommandFailedException(
                    ExitStatus.FAILED, code.isEmpty() ? "The server answered with status " + status + "." : message);
        }

        @Override
        public CommandFailedException unreachable(Throwable cause) {
            if (cause instanceof ConnectException || !Files.exists(socket)) {
                return new CommandFailedException(
                        ExitStatus.NO_SERVER,
                        "No server answers on " + socket
                                + ". Start one with './cloudlet run', or name its data directory by --data or its"
                                + " address by --url.");
            }
            return new CommandFailedException(
                    ExitStatus.FAILED,
                    "The connection to the server on " + socket + " broke off: " + WholeAnswer.whyNot(cause));
        }
    }
}
