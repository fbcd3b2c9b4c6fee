package org.kdcloudlet.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.server.api.DeviceLimits.StartPermit;
import org.kdcloudlet.server.api.DeviceLimits.TooManyRequests;
import org.kdcloudlet.server.config.LimitsConfiguration;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.web.ClientNetwork;

class DeviceLimitsTest {
    private static final Optional<String> NOBODY = Optional.empty();

    private final AtomicLong now = new AtomicLong();

    @Test
    void requestsComeInABurstAndThenAtTheRate() {
        DeviceLimits limits = limits(new LimitsConfiguration(2, 3, 60, 10, 10, 10));
        for (int request = 0; request < 3; request++) {
            limits.admit("192.0.2.1", NOBODY);
        }
        assertThatThrownBy(() -> limits.admit("192.0.2.1", NOBODY))
                .isInstanceOfSatisfying(TooManyRequests.class, refusal -> assertThat(refusal.retryAfterSeconds())
                        .isEqualTo(1));
        limits.admit("192.0.2.2", NOBODY);
        pass(Duration.ofMillis(500));
        limits.admit("192.0.2.1", NOBODY);
        assertThatThrownBy(() -> limits.admit("192.0.2.1", NOBODY)).isInstanceOf(TooManyRequests.class);
    }

    @Test
    void aDeviceIsLimitedFromWhereverItAsks() {
        DeviceLimits limits = limits(new LimitsConfiguration(2, 3, 60, 10, 10, 10));
        for (int request = 0; request < 3; request++) {
            limits.admit("192.0.2." + request, Optional.of("device"));
        }
        assertThatThrownBy(() -> limits.admit("192.0.2.9", Optional.of("device")))
                .isInstanceOf(TooManyRequests.class);
        limits.admit("192.0.2.9", Optional.of("another"));
    }

    @Test
    void makingUpDeviceIdsGivesAnAddressNothing() {
        DeviceLimits limits = limits(new LimitsConfiguration(1, 2, 60, 10, 10, 10));
        limits.admit("192.0.2.1", Optional.of("a"));
        limits.admit("192.0.2.1", Optional.of("b"));
        assertThatThrownBy(() -> limits.admit("192.0.2.1", Optional.of("c"))).isInstanceOf(TooManyRequests.class);
    }

    @Test
    void startsHaveTheirOwnBudget() {
        DeviceLimits limits = limits(new LimitsConfiguration(100, 100, 6, 1, 10, 10));
        limits.admitStart("192.0.2.1", NOBODY).close();
        assertThatThrownBy(() -> limits.admitStart("192.0.2.1", NOBODY))
                .isInstanceOfSatisfying(TooManyRequests.class, refusal -> assertThat(refusal.retryAfterSeconds())
                        .isEqualTo(10));
        pass(Duration.ofSeconds(10));
        limits.admitStart("192.0.2.1", NOBODY).close();
    }

    @Test
    void startsUnderWayAreCountedAndReturned() {
        DeviceLimits limits = limits(new LimitsConfiguration(100, 100, 1000, 1000, 2, 10));
        StartPermit first = limits.admitStart("192.0.2.1", Optional.of("device"));
        limits.admitStart("192.0.2.1", NOBODY);
        assertThatThrownBy(() -> limits.admitStart("192.0.2.1", NOBODY)).isInstanceOf(TooManyRequests.class);
        first.close();
        limits.admitStart("192.0.2.1", NOBODY);
        limits.admitStart("192.0.2.2", Optional.of("device"));
        limits.admitStart("192.0.2.3", Optional.of("device"));
        assertThatThrownBy(() -> limits.admitStart("192.0.2.4", Optional.of("device")))
                .isInstanceOf(TooManyRequests.class);
    }

    @Test
    void allClientsTogetherLeaveRoomForOtherRequests() {
        DeviceLimits limits =
                new DeviceLimits(() -> new LimitsConfiguration(100, 100, 1000, 1000, 10, 10), 3, now::get);
        StartPermit first = limits.admitStart("192.0.2.1", NOBODY);
        limits.admitStart("192.0.2.2", NOBODY);
        limits.admitStart("192.0.2.3", NOBODY);
        for (int refused = 0; refused < 20; refused++) {
            assertThatThrownBy(() -> limits.admitStart("192.0.2.4", NOBODY))
                    .isInstanceOfSatisfying(CloudletException.class, refusal -> assertThat(refusal.code())
                            .isEqualTo(ErrorCode.NO_ROOM));
        }
        first.close();
        first.close();
        limits.admitStart("192.0.2.4", NOBODY);
        assertThatThrownBy(() -> limits.admitStart("192.0.2.5", NOBODY)).isInstanceOf(CloudletException.class);
    }

    @Test
    void memoryIsBounded() {
        TokenBuckets buckets =
                new TokenBuckets(() -> new TokenBuckets.Rate(1, Duration.ofSeconds(1), 1, 100), now::get);
        for (int client = 0; client < 10_000; client++) {
            buckets.take("client" + client);
        }
        assertThat(buckets.clients()).isEqualTo(100);
    }

    @Test
    void aNetworkOfSixtyFourBitsIsOneClient() {
        assertThat(ClientNetwork.of("2001:db8:1:2:3:4:5:6")).isEqualTo(ClientNetwork.of("2001:db8:1:2::7"));
        assertThat(ClientNetwork.of("2001:db8:1:2::7")).isNotEqualTo(ClientNetwork.of("2001:db8:1:3::7"));
        assertThat(ClientNetwork.of("192.0.2.1")).isNotEqualTo(ClientNetwork.of("192.0.2.2"));
    }

    private DeviceLimits limits(LimitsConfiguration configuration) {
        return new DeviceLimits(() -> configuration, 10, now::get);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
