package org.kdcloudlet.server.error;

/** What went wrong, for programs: the name is stable and the HTTP status is what every web interface answers with. */
public enum ErrorCode {
    /** A value is missing or not acceptable; {@code details.problems} lists each as {@code field} and {@code message}. */
    INVALID_VALUE(400),
    /** No service of this id. */
    SERVICE_UNKNOWN(404),
    /** There is a service of this id already. */
    SERVICE_EXISTS(409),
    /** Instances of the service still run. */
    SERVICE_IN_USE(409),
    /** The service has no image that it could be started from. */
    SERVICE_WITHOUT_IMAGE(409),
    /** The service has no image version of this number. */
    IMAGE_VERSION_UNKNOWN(404),
    /** The image version is current, or an instance runs from it. */
    IMAGE_VERSION_IN_USE(409),
    /** A disk image is not acceptable. */
    IMAGE_INVALID(400),
    /** No app of this id. */
    APP_UNKNOWN(404),
    /** There is an app of this Android package already. */
    APP_EXISTS(409),
    /** A file is not an Android package that can be published. */
    APP_INVALID(400),
    /** A packaged service is not acceptable. */
    PACKAGE_INVALID(400),
    /** No upload of this id, or it is of somebody else. */
    UPLOAD_UNKNOWN(404),
    /** A backup is not acceptable. */
    BACKUP_INVALID(400),
    /** No backup of this name. */
    BACKUP_UNKNOWN(404),
    /** No instance of this id. */
    INSTANCE_UNKNOWN(404),
    /** The instance has no snapshot of this name. */
    SNAPSHOT_UNKNOWN(404),
    /** It does not fit: {@code details} has the resource and the figures. */
    NO_ROOM(503),
    /** No image of the service is being prepared. */
    PREPARATION_UNKNOWN(404),
    /** No host port of the configured range is free. */
    PORTS_EXHAUSTED(503),
    /** The disk is full. */
    STORAGE_FULL(507),
    /** The data directory cannot be used as it is: not writable, of a newer program, or in use by another server. */
    STORAGE_UNUSABLE(500),
    /** The machine could not be started. */
    START_FAILED(500),
    /** The service inside the machine did not answer in time. */
    NOT_READY(500),
    /** The guest has no agent, so instances cannot be cloned. */
    AGENT_MISSING(409),
    /** The machine could not be stopped. */
    STOP_FAILED(500),
    /** No operation of this id. */
    OPERATION_UNKNOWN(404),
    /** The operation was cancelled. */
    CANCELLED(409),
    /** It did not end before its deadline. */
    DEADLINE_EXCEEDED(504),
    /** Nobody is logged in, or the token is not known or has expired. */
    NOT_AUTHENTICATED(401),
    /** Whoever asks may not do this. */
    FORBIDDEN(403),
    /** Too many log-ins failed; {@code details} has the seconds to wait. */
    TOO_MANY_ATTEMPTS(429),
    /** Whoever asks has as many requests on their way in as are taken at a time. */
    TOO_MANY_REQUESTS(429),
    /** The body of the request was not there at the deadline. */
    REQUEST_TIMEOUT(408),
    /** Name and password do not belong together, or the set-up link is spent. */
    LOGIN_REFUSED(403),
    /** No administrator of this name. */
    USER_UNKNOWN(404),
    /** There is an administrator of this name already. */
    USER_EXISTS(409),
    /** No API token of this id. */
    TOKEN_UNKNOWN(404),
    /** No session of this id. */
    SESSION_UNKNOWN(404),
    /** No setting of this name. */
    SETTING_UNKNOWN(404),
    /** The setting is read at the start only. */
    SETTING_FIXED(409),
    /** Not possible in the present state of the thing. */
    CONFLICT(409),
    /** What runs machines is not installed or does not work here. */
    HYPERVISOR_UNAVAILABLE(503),
    /** The server was stopped while it was at it. */
    SERVER_RESTARTED(500),
    /** The server is stopping. */
    SHUTTING_DOWN(503),
    /** A fault of the program; the log says more. */
    INTERNAL(500);

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    /** The HTTP status that goes with it. */
    public int status() {
        return status;
    }
}
