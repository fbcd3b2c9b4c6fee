package org.kdcloudlet.server.manager;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.app.Apps;
import org.kdcloudlet.server.backup.Backups;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.Images;
import org.kdcloudlet.server.catalog.Packages;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.host.LoadHistory;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.manager.console.Consoles;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.operation.Operations;
import org.kdcloudlet.server.peer.Peers;
import org.kdcloudlet.server.preparation.Preparations;
import org.kdcloudlet.server.setting.Settings;
import org.kdcloudlet.server.upload.ResumableUploads;
import org.kdcloudlet.server.web.WebServer;

/**
 * The admin REST API on a Unix socket, readable and writable by the owner and group of the server: who may open the socket
 * may administer. Every error is {@code {"error": {"code", "message", "details"}}}.
 */
public final class AdminApi implements AutoCloseable {
    /** The longest path of a Unix socket that Linux takes, in bytes (sockaddr_un, unix(7)). */
    private static final int MAX_SOCKET_PATH = 107;

    private static final int MAX_THREADS = 128;
    /**
     * Requests that wait, at the same time; with the followers of events, and those that are still on their way ({@link SmallBodies}) or
     * move files ({@link AccessControl}), they leave threads for the others.
     */
    static final int MAX_WAITING = 24;
    /** The socket is made in a folder that nobody else may enter, and put in its place when its rights are set. */
    private static final String UNREADY = ".socket";

    private static final long MAX_JSON_BYTES = 1024 * 1024;
    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(2);

    private final Path socket;
    private final WebServer server;
    private final EventsResource events;
    private final Consoles consoles;

    /**
     * What the API is about.
     *
     * @param uploads folder for images on their way in
     * @param resumableUploads files that may take more than one request to come in
     * @param uploadLimits what the upload of an image may be
     * @param appLimits what the upload of an app may be
     * @param status what the server says of itself now
     * @param load how busy the host was
     * @param peers the other cloudlets in reach
     * @param accounts who may administer
     * @param settings what is configured
     * @param backups of all that the cloudlet keeps
     */
    public record Parts(
            Catalog catalog,
            Images images,
            Instances instances,
            Apps apps,
            Packages packages,
            Preparations preparations,
            Operations operations,
            Events events,
            Path uploads,
            ResumableUploads resumableUploads,
            Supplier<UploadLimits> uploadLimits,
            Supplier<UploadLimits> appLimits,
            Supplier<ServerStatus> status,
            LoadHistory load,
            Peers peers,
            Accounts accounts,
            Settings settings,
            Backups backups) {}

    /**
     * What an upload may be.
     *
     * @param maxBytes longest file
     * @param diskReserveBytes space that must be left free
     */
    public record UploadLimits(long maxBytes, long diskReserveBytes) {}

    private AdminApi(Path socket, WebServer server, EventsResource events, Consoles consoles) {
        this.socket = socket;
        this.server = server;
        this.events = events;
        this.consoles = consoles;
    }

    /**
     * Begins to listen on a socket; one that a dead server left there is replaced, so the caller must hold the data directory.
     *
     * @throws CloudletException STORAGE_UNUSABLE when the path is too long or the socket cannot be made
     */
    public static AdminApi start(Path socket, Parts parts) {
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_PATH) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE,
                    "The path of the data directory is too long for a Unix socket in it: " + socket + " has more than "
                            + MAX_SOCKET_PATH + " bytes. Use a shorter one.");
        }
        Path unready = socket.resolveSibling(UNREADY).resolve("s");
        EventsResource events = new EventsResource(parts.events());
        List<AdminRoute> routes = routes(parts, events);
        AccessControl access =
                new AccessControl(new SocketIdentification(), parts.accounts().audit(), new SmallBodies(), MAX_WAITING);
        Consoles consoles = new Consoles(parts.accounts());
        WebServer server = WebServer.create(
                new WebServer.Setup(
                        "admin-api",
                        socket.toString(),
                        MAX_THREADS,
                        IDLE_TIMEOUT,
                        MAX_JSON_BYTES,
                        AdminErrors::refusal),
                (jetty, http) -> connector(jetty, http, unready),
                config -> {
                    access.register(config, routes);
                    AdminErrors.register(config);
                    new SerialConsoles(parts, new SessionCookie(false))
                            .register(new ConsoleSockets(config, context -> {}, access, consoles));
                });
        try {
            Files.deleteIfExists(unready);
            Files.deleteIfExists(unready.getParent());
            Files.createDirectory(
                    unready.getParent(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            server.start();
            Files.setPosixFilePermissions(unready, PosixFilePermissions.fromString("rw-rw----"));
            Files.move(unready, socket, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(unready.getParent());
        } catch (IOException e) {
            consoles.close();
            server.close();
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE, "Cannot make the admin socket " + socket + ": " + e.getMessage(), e);
        }
        return new AdminApi(socket, server, events, consoles);
    }

    private static Connector connector(Server jetty, HttpConnectionFactory http, Path path) {
        UnixDomainServerConnector connector = new UnixDomainServerConnector(jetty, 1, 1, http);
        connector.setUnixDomainPath(path);
        connector.setIdleTimeout(IDLE_TIMEOUT.toMillis());
        return connector;
    }

    /** All routes, in the order of the resources. */
    static List<AdminRoute> routes(Parts parts, EventsResource events) {
        List<AdminRoute> routes = new ArrayList<>();
        routes.addAll(new StatusResource(parts).routes());
        routes.addAll(new LoadResource(parts).routes());
        routes.addAll(new ServicesResource(parts.catalog(), parts.images(), parts.instances()).routes());
        routes.addAll(new UploadsResource(parts).routes());
        routes.addAll(new ImagesResource(parts).routes());
        routes.addAll(new PackagesResource(parts).routes());
        routes.addAll(new PreparationsResource(parts).routes());
        routes.addAll(new InstancesResource(parts.instances()).routes());
        routes.addAll(new SnapshotsResource(parts.instances()).routes());
        routes.addAll(new AppsResource(parts).routes());
        routes.addAll(new OperationsResource(parts.operations()).routes());
        routes.addAll(new CloudletsResource(parts.peers()).routes());
        routes.addAll(new SettingsResource(parts.settings()).routes());
        routes.addAll(events.routes());
        routes.addAll(accountRoutes(parts));
        return List.copyOf(routes);
    }

    private static List<AdminRoute> accountRoutes(Parts parts) {
        List<AdminRoute> routes = new ArrayList<>();
        routes.addAll(new UsersResource(parts.accounts().administrators()).routes());
        routes.addAll(new TokensResource(parts.accounts().tokens()).routes());
        routes.addAll(new SessionsResource(parts.accounts().sessions()).routes());
        routes.addAll(new AuditResource(parts.accounts().audit()).routes());
        routes.addAll(new SetupLinkResource(parts).routes());
        routes.addAll(new BackupsResource(parts).routes());
        return routes;
    }

    @Override
    public void close() {
        events.close();
        consoles.close();
        server.close();
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE, "Cannot remove the admin socket " + socket + ": " + e.getMessage(), e);
        }
    }
}
