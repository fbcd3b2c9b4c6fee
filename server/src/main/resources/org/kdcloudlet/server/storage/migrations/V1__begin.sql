-- Times are milliseconds since 1970 UTC. Texts named *_json hold JSON that no query looks into.

CREATE TABLE counters (
    name  VARCHAR(50) NOT NULL PRIMARY KEY,
    value BIGINT      NOT NULL
);

CREATE TABLE services (
    id              VARCHAR(24)  NOT NULL PRIMARY KEY,
    service_id      VARCHAR(128) NOT NULL UNIQUE,
    definition_json TEXT         NOT NULL,
    image_version   INTEGER,
    last_version    INTEGER      NOT NULL,
    created         BIGINT       NOT NULL,
    modified        BIGINT       NOT NULL
);

CREATE TABLE image_versions (
    service        VARCHAR(24)  NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    number         INTEGER      NOT NULL,
    sha256         VARCHAR(64)  NOT NULL,
    format         VARCHAR(10)  NOT NULL,
    file_bytes     BIGINT       NOT NULL,
    virtual_bytes  BIGINT       NOT NULL,
    created        BIGINT       NOT NULL,
    template_state VARCHAR(10)  NOT NULL,
    template_key   VARCHAR(64),
    problem        TEXT,
    broken         INTEGER      NOT NULL,
    PRIMARY KEY (service, number)
);

-- Only instances that were handed out, and those that failed after that. What a machine is while nobody has it, its labels say.
CREATE TABLE instances (
    id            VARCHAR(36)  NOT NULL PRIMARY KEY,
    service       VARCHAR(24)  NOT NULL,
    service_id    VARCHAR(128) NOT NULL,
    image_version INTEGER      NOT NULL,
    kind          VARCHAR(10)  NOT NULL,
    state         VARCHAR(10)  NOT NULL,
    users         INTEGER      NOT NULL,
    created       BIGINT       NOT NULL,
    ready_at      BIGINT,
    last_used     BIGINT       NOT NULL,
    failed_at     BIGINT,
    failure       TEXT,
    failure_log   TEXT
);

CREATE TABLE operations (
    id            BIGINT       NOT NULL PRIMARY KEY,
    kind          VARCHAR(50)  NOT NULL,
    target        VARCHAR(200) NOT NULL,
    state         VARCHAR(10)  NOT NULL,
    steps_json    TEXT         NOT NULL,
    log_json      TEXT         NOT NULL,
    error_code    VARCHAR(50),
    error_message TEXT,
    result        TEXT,
    created       BIGINT       NOT NULL,
    deadline      BIGINT       NOT NULL,
    finished      BIGINT
);

CREATE TABLE events (
    id            BIGINT       NOT NULL PRIMARY KEY,
    time          BIGINT       NOT NULL,
    type          VARCHAR(50)  NOT NULL,
    subjects_json TEXT         NOT NULL,
    message       TEXT         NOT NULL
);
