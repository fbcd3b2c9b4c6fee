-- The app store: one row for each app, whose package is a file by content.
CREATE TABLE apps (
    id            VARCHAR(24)  NOT NULL PRIMARY KEY,
    package_name  VARCHAR(255) NOT NULL UNIQUE,
    name          VARCHAR(200) NOT NULL,
    version_name  VARCHAR(100) NOT NULL,
    version_code  BIGINT       NOT NULL,
    min_android   VARCHAR(100) NOT NULL,
    sha256        VARCHAR(64)  NOT NULL,
    md5           VARCHAR(32)  NOT NULL,
    file_bytes    BIGINT       NOT NULL,
    icon          INTEGER      NOT NULL,
    service_id    VARCHAR(128),
    description   TEXT         NOT NULL,
    tags_json     TEXT         NOT NULL,
    created       BIGINT       NOT NULL,
    modified      BIGINT       NOT NULL
);
