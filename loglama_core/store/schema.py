"""The store's tables, as a list of migrations: version N is reached by running the first N steps.

``application_id`` marks a file as ours, ``user_version`` holds the schema version.
"""

from __future__ import annotations

APPLICATION_ID = 0x4C6C616D
"""``Llam`` in ASCII: tells a LogLama store from any other SQLite file."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE services (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE loggers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL,
        kind TEXT NOT NULL,
        lineage TEXT NOT NULL,
        device INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        head BLOB NOT NULL,
        tail BLOB NOT NULL,
        offset INTEGER NOT NULL,
        state TEXT NOT NULL,
        service TEXT NOT NULL,
        format TEXT,
        record_id INTEGER,
        record_offset INTEGER NOT NULL DEFAULT 0,
        record_time_ns INTEGER,
        size INTEGER NOT NULL DEFAULT 0,
        records INTEGER NOT NULL DEFAULT 0,
        gap_bytes INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        first_seen_ns INTEGER NOT NULL,
        last_seen_ns INTEGER NOT NULL,
        last_record_ns INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX sources_by_file ON sources (device, inode) WHERE state = 'active';
    CREATE TABLE records (
        id INTEGER PRIMARY KEY,
        time_ns INTEGER NOT NULL,
        severity INTEGER NOT NULL,
        service_id INTEGER NOT NULL,
        logger_id INTEGER,
        message TEXT NOT NULL,
        fields TEXT,
        source_id INTEGER NOT NULL,
        offset INTEGER NOT NULL,
        flags INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX records_by_time ON records (time_ns);
    CREATE INDEX records_by_time_severe ON records (time_ns) WHERE severity >= 13;
    CREATE TABLE long_texts (record_id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TABLE minute_counts (
        minute INTEGER NOT NULL,
        service_id INTEGER NOT NULL,
        severity INTEGER NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (minute, service_id, severity)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bookmarks (record_id INTEGER PRIMARY KEY, note TEXT NOT NULL, created_ns INTEGER NOT NULL) STRICT;
    CREATE TABLE saved_queries (name TEXT PRIMARY KEY, query TEXT NOT NULL, created_ns INTEGER NOT NULL) STRICT;
    CREATE TABLE collector_runs (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started_ns INTEGER NOT NULL,
        ended_ns INTEGER,
        records INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0,
        updated_ns INTEGER NOT NULL,
        records_per_s REAL NOT NULL DEFAULT 0,
        backlog_bytes INTEGER NOT NULL DEFAULT 0,
        interval_s INTEGER,
        error TEXT
    ) STRICT;
    CREATE TABLE gaps (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        time_ns INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;
    CREATE VIEW logs AS
    SELECT r.id,
           strftime('%Y-%m-%dT%H:%M:%S', r.time_ns / 1000000000, 'unixepoch')
               || printf('.%06dZ', r.time_ns % 1000000000 / 1000) AS time,
           CASE WHEN r.severity = 0 THEN NULL WHEN r.severity < 5 THEN 'trace' WHEN r.severity < 9 THEN 'debug'
                WHEN r.severity < 13 THEN 'info' WHEN r.severity < 17 THEN 'warning' WHEN r.severity < 21 THEN 'error'
                ELSE 'critical' END AS level,
           s.name AS service, l.name AS logger, r.message, r.fields, o.lineage AS source, r.offset, r.flags,
           r.time_ns, r.severity
    FROM records r
    JOIN services s ON s.id = r.service_id
    LEFT JOIN loggers l ON l.id = r.logger_id
    LEFT JOIN sources o ON o.id = r.source_id;
    CREATE VIEW log_records AS
    SELECT r.id,
           strftime('%Y-%m-%dT%H:%M:%S', r.time_ns / 1000000000, 'unixepoch', 'localtime')
               || printf('.%06d', r.time_ns % 1000000000 / 1000) AS timestamp,
           CASE WHEN r.severity = 0 THEN 'NOTSET' WHEN r.severity < 9 THEN 'DEBUG' WHEN r.severity < 13 THEN 'INFO'
                WHEN r.severity < 17 THEN 'WARNING' WHEN r.severity < 21 THEN 'ERROR' ELSE 'CRITICAL' END AS level,
           CASE WHEN r.severity = 0 THEN 0 WHEN r.severity < 9 THEN 10 WHEN r.severity < 13 THEN 20
                WHEN r.severity < 17 THEN 30 WHEN r.severity < 21 THEN 40 ELSE 50 END AS level_number,
           coalesce(l.name, s.name) AS logger_name,
           r.message,
           r.fields ->> '$.file_path' AS file_path,
           r.fields ->> '$.line_number' AS line_number,
           r.fields ->> '$.function' AS function,
           r.fields ->> '$.module' AS module,
           r.fields ->> '$.process_id' AS process_id,
           r.fields ->> '$.process_name' AS process_name,
           r.fields ->> '$.thread_id' AS thread_id,
           r.fields ->> '$.thread_name' AS thread_name,
           r.fields ->> '$.exception' AS exception_info,
           r.fields AS context
    FROM records r
    JOIN services s ON s.id = r.service_id
    LEFT JOIN loggers l ON l.id = r.logger_id;
    """,
    """
    ALTER TABLE sources ADD COLUMN part TEXT NOT NULL DEFAULT '';
    ALTER TABLE sources ADD COLUMN read_size INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sources ADD COLUMN read_modified_ns INTEGER NOT NULL DEFAULT 0;
    DROP INDEX sources_by_file;
    CREATE UNIQUE INDEX sources_by_file ON sources (device, inode, part) WHERE state = 'active';
    """,
    """
    CREATE TABLE withheld (
        reason TEXT NOT NULL,
        service_id INTEGER NOT NULL,
        n INTEGER NOT NULL,
        first_ns INTEGER NOT NULL,
        last_ns INTEGER NOT NULL,
        PRIMARY KEY (reason, service_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE collector_metrics (
        time_ns INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        pid INTEGER NOT NULL,
        seconds REAL NOT NULL,
        records INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        batches INTEGER NOT NULL,
        batch_ms REAL NOT NULL,
        slowest_batch_ms REAL NOT NULL,
        lag_bytes INTEGER NOT NULL,
        queue INTEGER NOT NULL,
        index_backlog INTEGER NOT NULL,
        query_ms REAL NOT NULL,
        memory_bytes INTEGER NOT NULL,
        cpu_percent REAL NOT NULL
    ) STRICT;
    """,
    # What the search index needs to know whether it still is of this store: whose it is, the highest id that was ever
    # deleted (an id is never given twice), how often records were, and which records got another text since.
    """
    CREATE TABLE store_state (
        identity TEXT NOT NULL,
        highest_pruned_id INTEGER NOT NULL DEFAULT 0,
        prunes INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO store_state (identity) VALUES (lower(hex(randomblob(16))));
    CREATE TABLE replaced_records (seq INTEGER PRIMARY KEY AUTOINCREMENT, record_id INTEGER NOT NULL) STRICT;
    """,
    # Every source a run cannot read, as a JSON object of path -> reason.
    "ALTER TABLE collector_runs ADD COLUMN problems TEXT;",
    # The minute counts of 10 million records are 280,000 rows, 110 ms to add up; by the hour they are 5,600. Triggers
    # keep them: whoever changes a minute cannot forget the hour. The division rounds down, also before 1970.
    """
    CREATE TABLE hour_counts (
        hour INTEGER NOT NULL,
        service_id INTEGER NOT NULL,
        severity INTEGER NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (hour, service_id, severity)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO hour_counts SELECT (minute - (minute % 60 + 60) % 60) / 60, service_id, severity, sum(n)
        FROM minute_counts GROUP BY 1, 2, 3;
    CREATE TRIGGER minute_count_added AFTER INSERT ON minute_counts BEGIN
        INSERT INTO hour_counts VALUES
            ((new.minute - (new.minute % 60 + 60) % 60) / 60, new.service_id, new.severity, new.n)
            ON CONFLICT DO UPDATE SET n = n + excluded.n;
    END;
    CREATE TRIGGER minute_count_changed AFTER UPDATE ON minute_counts BEGIN
        UPDATE hour_counts SET n = n + new.n - old.n
            WHERE hour = (new.minute - (new.minute % 60 + 60) % 60) / 60
            AND service_id = new.service_id AND severity = new.severity;
    END;
    CREATE TRIGGER minute_count_removed AFTER DELETE ON minute_counts BEGIN
        UPDATE hour_counts SET n = n - old.n
            WHERE hour = (old.minute - (old.minute % 60 + 60) % 60) / 60
            AND service_id = old.service_id AND severity = old.severity;
        DELETE FROM hour_counts
            WHERE hour = (old.minute - (old.minute % 60 + 60) % 60) / 60
            AND service_id = old.service_id AND severity = old.severity AND n <= 0;
    END;
    """,
    # How fast which source is read just now, as a JSON object of source id -> [records per second, bytes per second].
    "ALTER TABLE collector_runs ADD COLUMN rates TEXT;",
)

SCHEMA_VERSION = len(MIGRATIONS)
