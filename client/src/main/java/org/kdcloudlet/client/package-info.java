/**
 * The client library of KD-Cloudlet: finds cloudlets on the local network, has them run services, and keeps those at hand.
 *
 * <p>An app that uses a service:
 *
 * <pre>{@code
 * try (CloudletClient client = CloudletClient.create();
 *         ServiceSession session = client.session("org.example.speech")
 *                 .listener(event -> {
 *                     if (event.kind() == SessionEvent.Kind.MOVED) {
 *                         reconnect(event.endpoint().host(), event.endpoint().port());
 *                     }
 *                 })
 *                 .open()) {
 *     connect(session.endpoint().host(), session.endpoint().port());
 *     work();
 * } catch (CloudletException e) {
 *     tell(e.getMessage(), e.isRetryable());
 * }
 * }</pre>
 *
 * <p>An app that shows what is in reach, live, and lets its user choose:
 *
 * <pre>{@code
 * CloudletFinder finder = CloudletFinder.open();
 * finder.addListener(cloudlet -> show(cloudlet.name(), client.at(cloudlet).servicesAsync()));
 * }</pre>
 *
 * <p>Everything is thread-safe unless it says otherwise, nothing is static, and nothing waits forever: each call ends by its
 * deadline ({@link org.kdcloudlet.client.ClientBuilder}) with a result or a {@link org.kdcloudlet.client.CloudletException}
 * that says whether trying again makes sense. Times are {@link java.time.Duration} and {@link java.time.Instant}; on Android
 * before API 26 they need core library desugaring.
 */
package org.kdcloudlet.client;
