package org.kdcloudlet.client;

import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.kdcloudlet.client.http.Deadline;
import org.kdcloudlet.client.http.Exchange;
import org.kdcloudlet.client.http.MalformedReplyException;

/**
 * The device API of one cloudlet (spec/device-api.md), in plain or encrypted mode as the cloudlet wants it. Each call has a
 * blocking form and one that returns a future; both end by their deadline ({@link ClientBuilder}). Cancelling the
 * future, or interrupting the thread that waits, closes the connection. Futures fail with the same exceptions that the
 * blocking forms throw. Thread-safe.
 *
 * <p>All calls throw {@link CloudletUnreachableException}, {@link CloudletDeadlineException},
 * {@link CloudletRefusedException}, {@link CloudletReplyException}, {@link CredentialException} or
 * {@link CloudletCancelledException}. An id that is empty or has {@code &} or control characters in it is an
 * {@link IllegalArgumentException}.
 */
public final class CloudletApi {
    private final Cloudlet cloudlet;
    private final Settings settings;
    private final Calls calls;

    CloudletApi(Cloudlet cloudlet, Settings settings, Calls calls) {
        this.cloudlet = cloudlet;
        this.settings = settings;
        this.calls = calls;
    }

    /**
     * Where the calls go.
     *
     * @return as it was found
     */
    public Cloudlet cloudlet() {
        return cloudlet;
    }

    /**
     * What the cloudlet offers.
     *
     * @return unmodifiable
     */
    public List<Service> services() {
        return Calls.await(servicesAsync());
    }

    /**
     * As {@link #services()}.
     *
     * @return to be waited for
     */
    public CompletableFuture<List<Service>> servicesAsync() {
        return ask("list the services", Command.read("/services"), reply -> reply.list("services", Service::read));
    }

    /**
     * One service.
     *
     * @param serviceId of the service
     * @return what the cloudlet says of it; a {@link CloudletRefusedException} with status 404 if it has none of that id
     */
    public Service service(String serviceId) {
        return Calls.await(serviceAsync(serviceId));
    }

    /**
     * As {@link #service(String)}.
     *
     * @param serviceId of the service
     * @return to be waited for
     */
    public CompletableFuture<Service> serviceAsync(String serviceId) {
        return ask("ask for a service", Command.read("/services/get").with("serviceId", serviceId), Service::read);
    }

    /**
     * Apps for download.
     *
     * @param tags any of which an app has; none stands for all apps
     * @return unmodifiable
     */
    public List<App> apps(String... tags) {
        return Calls.await(appsAsync(tags));
    }

    /**
     * As {@link #apps(String...)}.
     *
     * @param tags any of which an app has; none stands for all apps
     * @return to be waited for
     */
    public CompletableFuture<List<App>> appsAsync(String... tags) {
        Command command = Command.read("/apps");
        if (tags.length > 0) {
            command.with("tags", Arrays.stream(tags).collect(Collectors.joining(",")));
        }
        return ask("list the apps", command, reply -> reply.list("apps", App::read));
    }

    /**
     * How busy the cloudlet is.
     *
     * @return measured by the cloudlet within the last seconds
     */
    public SystemInfo system() {
        return Calls.await(systemAsync());
    }

    /**
     * As {@link #system()}.
     *
     * @return to be waited for
     */
    public CompletableFuture<SystemInfo> systemAsync() {
        return ask("ask for system information", Command.read("/system"), SystemInfo::read);
    }

    /**
     * Starts a new instance of a service. The service inside has answered when this returns. Never sent twice: after a
     * {@link CloudletDeadlineException} or {@link CloudletUnreachableException} an instance may run that nobody uses; the
     * cloudlet stops it when it stays idle.
     *
     * @param serviceId of the service
     * @return to be stopped at the end
     */
    public ServiceVm start(String serviceId) {
        return Calls.await(startAsync(serviceId));
    }

    /**
     * As {@link #start(String)}.
     *
     * @param serviceId of the service
     * @return to be waited for
     */
    public CompletableFuture<ServiceVm> startAsync(String serviceId) {
        return start(serviceId, false);
    }

    /**
     * Joins a running instance of a service that has room for another user, else starts a new one. Otherwise as
     * {@link #start(String)}.
     *
     * @param serviceId of the service
     * @return to be stopped at the end, which ends the instance when the last user did so
     */
    public ServiceVm join(String serviceId) {
        return Calls.await(joinAsync(serviceId));
    }

    /**
     * As {@link #join(String)}.
     *
     * @param serviceId of the service
     * @return to be waited for
     */
    public CompletableFuture<ServiceVm> joinAsync(String serviceId) {
        return start(serviceId, true);
    }

    private CompletableFuture<ServiceVm> start(String serviceId, boolean join) {
        Command command = Command.act("/servicevm/start").with("serviceId", serviceId);
        command.with("join", Boolean.toString(join));
        return ask("start " + serviceId, command, settings.startMillis, ServiceVm::read);
    }

    /**
     * Stops using an instance; the last user out ends it.
     *
     * @param instanceId of {@link ServiceVm#id()}
     */
    public void stop(String instanceId) {
        Calls.await(stopAsync(instanceId));
    }

    /**
     * As {@link #stop(String)}.
     *
     * @param instanceId of {@link ServiceVm#id()}
     * @return to be waited for
     */
    public CompletableFuture<Void> stopAsync(String instanceId) {
        Command command = Command.act("/servicevm/stop").with("instanceId", instanceId);
        return ask("stop an instance", command, settings.startMillis, reply -> null);
    }

    /**
     * Messages for this device about a service. Each is delivered once. In plain mode there are none.
     *
     * @param serviceId of the service
     * @return unmodifiable
     */
    public List<Message> messages(String serviceId) {
        return Calls.await(messagesAsync(serviceId));
    }

    /**
     * As {@link #messages(String)}.
     *
     * @param serviceId of the service
     * @return to be waited for
     */
    public CompletableFuture<List<Message>> messagesAsync(String serviceId) {
        Command command = Command.act("/system/get_messages").with("serviceId", serviceId);
        return ask("ask for messages", command, reply -> reply.list("messages", Message::read));
    }

    /**
     * Downloads an app. What has arrived is kept beside the file, with {@code .part} at the end of its name, and the next call
     * goes on from there when the cloudlet allows it (plain mode, and an app that has an MD5). The file appears when it is complete and its MD5 is that of
     * {@link App#md5()}, and replaces one that is there.
     *
     * @param app what to download
     * @param file where to put it; its folder exists
     * @throws DownloadException if the content is not what was announced, or cannot be stored
     */
    public void download(App app, File file) {
        Calls.await(downloadAsync(app, file));
    }

    /**
     * As {@link #download(App, File)}.
     *
     * @param app what to download
     * @param file where to put it; its folder exists
     * @return to be waited for
     */
    public CompletableFuture<Void> downloadAsync(App app, File file) {
        Download download = new Download(app, file, settings.maximumAppBytes);
        return submit("download an app", settings.downloadMillis, (exchange, deadline) -> {
            download.run(protocol(), exchange, deadline);
            return null;
        });
    }

    /** What rankers need to know: how busy the cloudlet is, what it offers, and how long connecting took. */
    CompletableFuture<Probe> probeAsync() {
        Command command = Command.act("/system").with("services", "true");
        return submit("ask for system information", settings.callMillis, (exchange, deadline) -> {
            Protocol.Answer answer = protocol().send(command, settings.maximumReplyBytes, exchange, deadline);
            return new Probe(SystemInfo.read(Json.object(answer.body)), answer.connectNanos);
        });
    }

    /** What {@link #probeAsync()} found out. */
    static final class Probe {
        final SystemInfo system;
        final long connectNanos;

        private Probe(SystemInfo system, long connectNanos) {
            this.system = system;
            this.connectNanos = connectNanos;
        }
    }

    private interface Reader<T> {
        T read(Fields reply) throws MalformedReplyException;
    }

    private <T> CompletableFuture<T> ask(String what, Command command, Reader<T> reader) {
        return ask(what, command, settings.callMillis, reader);
    }

    private <T> CompletableFuture<T> ask(String what, Command command, long timeoutMillis, Reader<T> reader) {
        return submit(
                what,
                timeoutMillis,
                (Exchange exchange, Deadline deadline) -> reader.read(
                        Json.object(protocol().send(command, settings.maximumReplyBytes, exchange, deadline).body)));
    }

    private <T> CompletableFuture<T> submit(String what, long timeoutMillis, Calls.Job<T> job) {
        return calls.submit(what + " at " + cloudlet, timeoutMillis, job);
    }

    /** Made for each call, since a device may be paired at any time. */
    private Protocol protocol() throws IOException {
        return Protocol.with(cloudlet, settings.deviceId, settings.credentials);
    }
}
