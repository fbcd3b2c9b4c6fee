-- Administrators and what they did. Of everything that opens a door, only a digest is kept.

CREATE TABLE administrators (
    name             VARCHAR(64)  NOT NULL PRIMARY KEY,
    role             VARCHAR(20)  NOT NULL,
    password_hash    VARCHAR(200) NOT NULL,
    created          BIGINT       NOT NULL,
    password_changed BIGINT       NOT NULL
);

CREATE TABLE sessions (
    id            VARCHAR(24)  NOT NULL PRIMARY KEY,
    digest        VARCHAR(64)  NOT NULL UNIQUE,
    administrator VARCHAR(64)  NOT NULL REFERENCES administrators (name) ON DELETE CASCADE,
    created       BIGINT       NOT NULL,
    last_seen     BIGINT       NOT NULL,
    ends          BIGINT       NOT NULL,
    address       VARCHAR(100) NOT NULL,
    agent         VARCHAR(200) NOT NULL
);

-- The owner is the administrator who made it; one that was made on the host itself has none.
CREATE TABLE api_tokens (
    id        VARCHAR(24)  NOT NULL PRIMARY KEY,
    digest    VARCHAR(64)  NOT NULL UNIQUE,
    name      VARCHAR(100) NOT NULL,
    owner     VARCHAR(64)  REFERENCES administrators (name) ON DELETE CASCADE,
    role      VARCHAR(20)  NOT NULL,
    created   BIGINT       NOT NULL,
    ends      BIGINT       NOT NULL,
    last_used BIGINT
);

-- At most one row.
CREATE TABLE setup_link (
    digest VARCHAR(64) NOT NULL PRIMARY KEY,
    ends   BIGINT      NOT NULL
);

CREATE TABLE audit (
    id      BIGINT       NOT NULL PRIMARY KEY,
    time    BIGINT       NOT NULL,
    actor   VARCHAR(100) NOT NULL,
    via     VARCHAR(10)  NOT NULL,
    address VARCHAR(100) NOT NULL,
    action  VARCHAR(100) NOT NULL,
    target  VARCHAR(300) NOT NULL,
    outcome VARCHAR(50)  NOT NULL
);

CREATE INDEX audit_time ON audit (time);
