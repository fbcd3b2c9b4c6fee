package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.GuestAgent;
import org.kdcloudlet.hypervisor.qemu.protocol.GuestWords;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets right in a guest what stood still with it or was copied: its clock, its entropy, its names. Guests made for this have
 * a service or a program that does all of it at once (images/README.md); for others it is done by the agent's own commands, as far
 * as those go.
 */
final class CorrectGuest {
    private static final Logger LOG = LoggerFactory.getLogger(CorrectGuest.class);
    private static final String HOOK = "/usr/lib/kdcloudlet/new-identity";
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration SERVICE_DEADLINE = Duration.ofSeconds(5);
    private static final Duration IDENTITY_FOLLOWS = Duration.ofSeconds(2);
    private static final Duration SHORT_PATIENCE = Duration.ofSeconds(3);
    private static final Duration HOOK_POLL = Duration.ofMillis(20);
    private static final int ENTROPY_BYTES = 64;

    private final SecureRandom random;

    /** @param random where guests' entropy comes from */
    CorrectGuest(SecureRandom random) {
        this.random = random;
    }

    /**
     * Finds out what a guest offers.
     *
     * @param patience how long to wait for the agent, which comes last
     */
    GuestTools find(GuestChannels guest, Duration patience) {
        guest.identity().ifPresent(identity -> identity.ask(DEADLINE));
        boolean agent = guest.agent().isPresent() && guest.agent().get().answers(patience);
        if (guest.identity().isPresent() && guest.identity().get().answers(IDENTITY_FOLLOWS)) {
            return GuestTools.IDENTITY_SERVICE;
        }
        return agent ? withHook(guest.agent().orElseThrow()) : GuestTools.NONE;
    }

    private static GuestTools withHook(GuestAgent agent) {
        try {
            JsonNode handle = agent.execute("guest-file-open", Json.object().put("path", HOOK), DEADLINE);
            agent.execute("guest-file-close", handleOf(handle), DEADLINE);
            return GuestTools.IDENTITY_HOOK;
        } catch (HypervisorException e) {
            if (e.error() == HypervisorError.FAILED) {
                return GuestTools.AGENT;
            }
            throw e;
        }
    }

    /** Gives a guest everything that is its own, and the right time. */
    void identity(GuestChannels guest, GuestTools tools, MachineRequest request) {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("hostname", request.hostName());
        names.put("machine-id", MachineIdentity.machineId(request.id()));
        names.put("mac", MachineIdentity.macAddress(request.id()));
        switch (tools) {
            case UNKNOWN, NONE -> {
                // no way to reach the guest
            }
            case AGENT -> {
                setTime(guest.agent().orElseThrow());
                if (request.spec().osFamily() == OsFamily.LINUX) {
                    writeNames(guest.agent().orElseThrow(), request);
                }
            }
            case IDENTITY_HOOK -> runHook(guest.agent().orElseThrow(), names);
            case IDENTITY_SERVICE -> tellService(guest, names);
        }
    }

    /** Sets a guest's clock. */
    void time(GuestChannels guest, GuestTools tools) {
        switch (tools) {
            case NONE -> {
                // no way to reach the guest
            }
            case UNKNOWN -> time(guest, known(find(guest, SHORT_PATIENCE)));
            case AGENT -> setTime(guest.agent().orElseThrow());
            case IDENTITY_HOOK -> runHook(guest.agent().orElseThrow(), Map.of());
            case IDENTITY_SERVICE -> tellService(guest, Map.of());
        }
    }

    private static GuestTools known(GuestTools found) {
        return found == GuestTools.UNKNOWN ? GuestTools.NONE : found;
    }

    /** A service that keeps silent, stopped or killed by what else runs in the guest, is stood in for by the hook. */
    private void tellService(GuestChannels guest, Map<String, String> names) {
        Map<String, String> values = new LinkedHashMap<>(names);
        values.put("entropy", HexFormat.of().formatHex(entropy()));
        values.put("time", now());
        try {
            guest.identity().orElseThrow().set(values, SERVICE_DEADLINE);
        } catch (HypervisorException e) {
            if (e.error() != HypervisorError.TIMEOUT || guest.agent().isEmpty()) {
                throw e;
            }
            LOG.warn(
                    "{}; its hook is run instead, host name {}",
                    e.getMessage(),
                    names.getOrDefault("hostname", "kept"));
            runHook(guest.agent().get(), names);
        }
    }

    private byte[] entropy() {
        byte[] entropy = new byte[ENTROPY_BYTES];
        random.nextBytes(entropy);
        return entropy;
    }

    /** Seconds since 1970, with nine decimals. */
    private static String now() {
        Instant now = Instant.now();
        return String.format(Locale.ROOT, "%d.%09d", now.getEpochSecond(), now.getNano());
    }

    private void setTime(GuestAgent agent) {
        Instant now = Instant.now();
        long nanos = Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
        agent.execute("guest-set-time", Json.object().put("time", nanos), DEADLINE);
    }

    private static void writeNames(GuestAgent agent, MachineRequest request) {
        writeFile(agent, "/proc/sys/kernel/hostname", request.hostName());
        writeFile(agent, "/etc/hostname", request.hostName() + "\n");
        writeFile(agent, "/etc/machine-id", MachineIdentity.machineId(request.id()) + "\n");
    }

    private static void writeFile(GuestAgent agent, String path, String content) {
        ObjectNode open = Json.object().put("path", path).put("mode", "w");
        ObjectNode file = handleOf(agent.execute("guest-file-open", open, DEADLINE));
        ObjectNode write = file.deepCopy()
                .put("buf-b64", Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.UTF_8)));
        agent.execute("guest-file-write", write, DEADLINE);
        agent.execute("guest-file-close", file, DEADLINE);
    }

    private static ObjectNode handleOf(JsonNode handle) {
        return Json.object().put("handle", handle.asLong());
    }

    /** Runs the hook with the time of this moment and some of the host's entropy. */
    private void runHook(GuestAgent agent, Map<String, String> names) {
        Deadline deadline = Deadline.in(DEADLINE);
        ObjectNode run = Json.object().put("path", HOOK).put("capture-output", true);
        run.put("input-data", Base64.getEncoder().encodeToString(entropy()));
        ArrayNode arguments = run.putArray("arg").add("--time").add(now());
        names.forEach((name, value) -> arguments.add("--" + name).add(value));
        ObjectNode process = Json.object()
                .put(
                        "pid",
                        agent.execute("guest-exec", run, DEADLINE).path("pid").asLong());
        AtomicReference<JsonNode> status = new AtomicReference<>(Json.object());
        boolean ended = deadline.await(HOOK_POLL, () -> {
            status.set(agent.execute("guest-exec-status", process, deadline.remaining()));
            return status.get().path("exited").asBoolean();
        });
        int code = status.get().path("exitcode").asInt(-1);
        if (!ended || code != 0) {
            throw new HypervisorException(
                    ended ? HypervisorError.FAILED : HypervisorError.TIMEOUT,
                    "The guest did not take a new identity: " + (ended ? complaint(code, status.get()) : "no answer"));
        }
    }

    private static String complaint(int code, JsonNode status) {
        return "status " + code + " "
                + GuestWords.shown(decoded(status.path("err-data").asText("")).strip());
    }

    private static String decoded(String text) {
        try {
            return new String(Base64.getMimeDecoder().decode(text), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notBase64) {
            return text;
        }
    }
}
