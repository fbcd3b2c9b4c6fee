package org.kdcloudlet.hypervisor.qemu.probe;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kdcloudlet.hypervisor.Probe;

/**
 * Sends one GET and reads the status line (RFC 9112, 4), then the rest of an answer as far as it comes at once, so that the
 * service is not cut off in the middle of its work. Not an HTTP client: it reads at most 64 KiB and believes none of it.
 */
record HttpAttempt(InetSocketAddress address, Probe.Http probe, GuestConnections connections) implements ProbeAttempt {
    private static final int MAX_ANSWER = 64 * 1024;
    private static final int MAX_STATUS_LINE = 256;
    private static final Pattern STATUS_LINE = Pattern.compile("^HTTP/1\\.[01] ([1-5][0-9]{2})(?: [^\\r\\n]*)?\\r?\\n");

    @Override
    public ProbeOutcome run(Duration patience, Duration limit, Opened opened) throws IOException {
        byte[] answer = new byte[MAX_ANSWER];
        int length = 0;
        try (TcpConversation conversation =
                TcpConversation.open(address, probe.port(), connections, patience, limit, opened)) {
            conversation.send(request());
            Matcher matcher;
            do {
                if (length > MAX_STATUS_LINE) {
                    return ProbeOutcome.notReady("an answer that is not HTTP");
                }
                length += conversation.read(answer, length);
                matcher = STATUS_LINE.matcher(new String(answer, 0, length, StandardCharsets.ISO_8859_1));
            } while (!matcher.find());
            int status = Integer.parseInt(matcher.group(1));
            conversation.readRest(answer, length);
            return isExpected(status) ? ProbeOutcome.READY : ProbeOutcome.notReady("HTTP " + status);
        } catch (TcpConversation.Over over) {
            return length > 0 ? ProbeOutcome.notReady("an answer that is not HTTP") : over.outcome();
        }
    }

    private boolean isExpected(int status) {
        return probe.statuses().isEmpty()
                ? status >= 200 && status < 400
                : probe.statuses().contains(status);
    }

    private byte[] request() {
        String host = address.getAddress().getHostAddress() + ":" + address.getPort();
        return ("GET " + probe.path() + " HTTP/1.1\r\nHost: " + host
                        + "\r\nUser-Agent: kd-cloudlet-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
