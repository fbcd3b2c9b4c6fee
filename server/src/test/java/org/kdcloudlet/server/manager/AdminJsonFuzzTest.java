package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.server.JsonMutations;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Bodies of the admin REST API: whatever is sent, there is a definition or a refusal. */
class AdminJsonFuzzTest {
    private static final String WHOLE = """
            {"service_id": "org.example.speech", "description": "Speech", "version": "1", "tags": ["a"], "num_users": 5,
             "min_memory": 64, "ideal_memory": null, "ready_deadline_seconds": 30, "network": "none", "cloned": true,
             "pool_size": 1, "warm_ups": 0,
             "machine": {"memory_mib": 256, "cpus": 1, "os_family": "linux", "firmware": "bios", "device_set": "virtio"},
             "ports": [{"port": 9000, "protocol": "tcp"}, {"port": 22}],
             "probe": {"kind": "exchange", "port": {"port": 9000, "protocol": "tcp"}, "send": "aGVsbG8=", "expect": "aGVsbG8="}}""";

    @Test
    void whateverIsSentThereIsADefinitionOrARefusal() {
        Fuzzing.of(AdminJsonFuzzTest.class, "admin-json")
                .run(
                        new JsonMutations(WHOLE, "service_id", "probe", "http", "tcp", "udp", "statuses", "path"),
                        bytes -> {
                            try {
                                ObjectNode body = JsonBody.parse(bytes);
                                ServiceDefinition definition =
                                        DefinitionReader.apply(body, ServiceDefinition.builder());
                                assertThat(definition.serviceId()).matches("[A-Za-z0-9._-]+");
                                return true;
                            } catch (CloudletException refused) {
                                assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_VALUE);
                                return false;
                            }
                        })
                .requireBoth();
    }
}
