package org.kdcloudlet.server.api;

import java.net.InetAddress;
import java.nio.channels.ByteChannel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.MachineUsage;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.instance.Capacity;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.InstanceState;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.instance.PoolStatus;
import org.kdcloudlet.server.instance.Snapshots;
import org.kdcloudlet.server.instance.StartKind;
import org.kdcloudlet.server.instance.StartListener;
import org.kdcloudlet.server.operation.Operation;

/** Instances whose starts and stops do what a test says. */
final class StubInstances implements Instances {
    static final UUID ID = UUID.fromString("0b0e5d0c-4f2b-4a53-9c59-6d3f6a3f1c11");

    final List<String> calls = new CopyOnWriteArrayList<>();
    volatile BiFunction<String, Boolean, Instance> onStart = (serviceId, join) -> ready(serviceId);
    volatile Consumer<UUID> onStop = id -> {};

    static Instance ready(String serviceId) {
        PortForward forward =
                new PortForward(new GuestPort(Protocol.TCP, 8080), InetAddress.getLoopbackAddress(), 19_398);
        return new Instance(
                ID,
                "5e7e5b0d1d41c8260f3d6a01",
                serviceId,
                1,
                StartKind.POOL,
                InstanceState.READY,
                1,
                Instant.EPOCH,
                Optional.of(Instant.EPOCH),
                Instant.EPOCH,
                List.of(forward),
                Optional.empty());
    }

    @Override
    public Instance start(String serviceId, boolean join) {
        calls.add("start " + serviceId + " " + join);
        return onStart.apply(serviceId, join);
    }

    @Override
    public void stop(UUID id) {
        calls.add("stop " + id);
        if (!id.equals(ID)) {
            throw new CloudletException(ErrorCode.INSTANCE_UNKNOWN, "Unknown instance " + id);
        }
        onStop.accept(id);
    }

    @Override
    public void remove(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Instance> list() {
        return List.of();
    }

    @Override
    public Optional<Instance> find(UUID id) {
        return Optional.empty();
    }

    @Override
    public Instance get(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void attend(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void touch(UUID id) {
        calls.add("touch " + id);
    }

    @Override
    public Instance pause(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instance resume(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instance suspend(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instance wake(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Snapshots snapshots() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Operation save(UUID id, Optional<String> newServiceId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String log(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public byte[] screenshot(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ByteChannel openScreen(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ByteChannel openSerialConsole(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MachineUsage usage(UUID id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<PoolStatus> pools() {
        return List.of();
    }

    @Override
    public Capacity capacity() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void listen(StartListener listener) {
        throw new UnsupportedOperationException();
    }
}
