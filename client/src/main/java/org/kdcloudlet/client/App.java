package org.kdcloudlet.client;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.kdcloudlet.client.http.MalformedReplyException;

/** An app that a cloudlet has for download (APP in spec/device-api.md). Immutable. */
public final class App {
    private final String id;
    private final String name;
    private final Optional<String> serviceId;
    private final Optional<String> description;
    private final Optional<String> packageName;
    private final Optional<String> minimumAndroidVersion;
    private final Optional<String> md5;
    private final Optional<String> version;
    private final List<String> tags;

    private App(Fields fields) throws MalformedReplyException {
        id = fields.string("_id");
        name = fields.string("name");
        serviceId = fields.optionalString("service_id");
        description = fields.optionalString("description");
        packageName = fields.optionalString("package_name");
        minimumAndroidVersion = fields.optionalString("min_android_version");
        md5 = fields.optionalString("md5sum").map(value -> value.toLowerCase(Locale.ROOT));
        version = fields.optionalString("app_version");
        tags = fields.strings("tags");
    }

    static App read(Fields fields) throws MalformedReplyException {
        return new App(fields);
    }

    /**
     * What to download it by.
     *
     * @return never empty
     */
    public String id() {
        return id;
    }

    /**
     * Its name, for people.
     *
     * @return never empty
     */
    public String name() {
        return name;
    }

    /**
     * The service that it uses.
     *
     * @return empty when the cloudlet does not say
     */
    public Optional<String> serviceId() {
        return serviceId;
    }

    /**
     * What it does, for people.
     *
     * @return empty when the cloudlet does not say
     */
    public Optional<String> description() {
        return description;
    }

    /**
     * Its Android package.
     *
     * @return empty when the cloudlet does not say
     */
    public Optional<String> packageName() {
        return packageName;
    }

    /**
     * The oldest Android that it runs on.
     *
     * @return empty when the cloudlet does not say
     */
    public Optional<String> minimumAndroidVersion() {
        return minimumAndroidVersion;
    }

    /**
     * The MD5 of its content, against which a download is checked. Finds damage, not malice.
     *
     * @return 32 hex digits, lower case; empty when the cloudlet does not say
     */
    public Optional<String> md5() {
        return md5;
    }

    /**
     * Its version.
     *
     * @return empty when the cloudlet does not say
     */
    public Optional<String> version() {
        return version;
    }

    /**
     * Its tags.
     *
     * @return unmodifiable
     */
    public List<String> tags() {
        return tags;
    }

    @Override
    public String toString() {
        return name;
    }
}
