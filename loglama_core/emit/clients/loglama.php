<?php
// Logs into LogLama from PHP (8.0 or newer). No dependencies; copy this one file. MIT licensed.
//
//   require "loglama.php";
//   $log = new LogLama("shop", version: "1.0.0");
//   $log->info("order {order} paid", ["order" => 1187]);
//
// The methods are those of PSR-3. Each record is one line of JSON, appended by one write to $LOGLAMA_LOG_DIR/shop.log
// (./logs if that is not set), so any number of processes may share the file. Nothing here throws: what cannot be written
// is counted ($log->lost) and told once in PHP's error log.

declare(strict_types=1);

final class LogLama
{
    private const LEVELS = [
        "trace" => 5, "debug" => 10, "info" => 20, "notice" => 20, "warning" => 30, "error" => 40, "critical" => 50,
        "alert" => 50, "emergency" => 50,
    ];
    private const WRITER = ["timestamp", "level", "message"];
    private const LONGEST_LINE = 1_000_000; // bytes; a collector keeps lines of up to 1 MiB whole
    private const JSON = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION
        | JSON_UNESCAPED_LINE_TERMINATORS | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR;

    /** Records that could not be written. */
    public int $lost = 0;
    private string $file;
    /** @var resource|null */
    private $stream = null;
    private int $least;
    private bool $torn = false;
    private bool $told = false;
    private int $unreported = 0;
    private int $keys = 0;

    /** @param array<string, mixed> $fields on every record */
    public function __construct(
        private string $service,
        private ?string $version = null,
        string $level = "info",
        ?string $logDir = null,
        private array $fields = [],
    ) {
        $folder = $logDir ?? (getenv("LOGLAMA_LOG_DIR") ?: "logs");
        if ($folder[0] !== "/") {
            $folder = getcwd() . "/" . $folder;
        }
        $name = substr((string) preg_replace("/[^A-Za-z0-9._-]/", "_", $service), 0, 64);
        $this->file = $folder . "/" . preg_replace('/^(\.|$)/', "_", $name) . ".log";
        $this->least = self::LEVELS[strtolower($level)] ?? 20;
    }

    public function trace(string|\Stringable $message, array $fields = []): void { $this->log("trace", $message, $fields); }
    public function debug(string|\Stringable $message, array $fields = []): void { $this->log("debug", $message, $fields); }
    public function info(string|\Stringable $message, array $fields = []): void { $this->log("info", $message, $fields); }
    public function notice(string|\Stringable $message, array $fields = []): void { $this->log("notice", $message, $fields); }
    public function warning(string|\Stringable $message, array $fields = []): void { $this->log("warning", $message, $fields); }
    public function error(string|\Stringable $message, array $fields = []): void { $this->log("error", $message, $fields); }
    public function critical(string|\Stringable $message, array $fields = []): void { $this->log("critical", $message, $fields); }
    public function alert(string|\Stringable $message, array $fields = []): void { $this->log("alert", $message, $fields); }
    public function emergency(string|\Stringable $message, array $fields = []): void { $this->log("emergency", $message, $fields); }

    /** A logger whose records carry these fields too. */
    public function with(array $fields): self
    {
        $other = clone $this;
        $other->fields = [...$this->fields, ...$fields];
        $other->stream = null;
        return $other;
    }

    /** Logs what ends the program, and PHP's own errors; handlers there were before are called as well. */
    public function captureErrors(): void
    {
        $before = set_exception_handler(function (\Throwable $error) use (&$before): void {
            $this->critical("uncaught " . $error::class, ["exception" => $error]);
            if ($before !== null) {
                $before($error);
            } else {
                error_log((string) $error);
                exit(255);
            }
        });
        $errors = set_error_handler(function (int $kind, string $text, string $file = "", int $line = 0) use (&$errors): bool {
            if (error_reporting() & $kind) {
                $level = $kind & (E_NOTICE | E_USER_NOTICE | E_DEPRECATED | E_USER_DEPRECATED) ? "info" : "warning";
                $this->log($level, $text, ["logger" => "php", "file" => $file, "line" => $line]);
            }
            return $errors !== null && (bool) $errors($kind, $text, $file, $line);
        });
    }

    /** PSR-3. An "exception" among the fields is logged with its trace; {name} in the message is replaced. */
    public function log(mixed $level, string|\Stringable $message, array $fields = []): void
    {
        $level = strtolower((string) $level);
        if ((self::LEVELS[$level] ?? 20) < $this->least) {
            return;
        }
        $all = [...$this->fields, ...$fields];
        try {
            $text = self::interpolated((string) $message, $all);
        } catch (\Throwable $failure) {
            $text = "<" . $failure::class . " while it was turned into text>";
        }
        $error = $all["exception"] ?? null;
        if ($error instanceof \Throwable) {
            $all["exception"] = ["type" => $error::class, "message" => $error->getMessage(),
                "stacktrace" => substr((string) $error, 0, 60_000)];
        }
        $this->append($this->encode(isset(self::LEVELS[$level]) ? $level : "info", $text, $all));
    }

    private static function interpolated(string $message, array $fields): string
    {
        $values = [];
        foreach ($fields as $key => $value) {
            if (is_scalar($value) || $value instanceof \Stringable) {
                $values["{" . $key . "}"] = is_bool($value) ? ($value ? "true" : "false") : (string) $value;
            }
        }
        return str_contains($message, "{") ? strtr($message, $values) : $message;
    }

    private function encode(string $level, string $message, array $fields): string
    {
        $stamp = (new \DateTimeImmutable("now", new \DateTimeZone("UTC")))->format('Y-m-d\TH:i:s.u\Z');
        foreach ([100_000, 20_000, 200] as $longest) {
            $record = ["timestamp" => $stamp, "level" => $level,
                "message" => self::text($message, $longest > 200 ? intdiv(self::LONGEST_LINE, 4) : $longest)];
            foreach (["logger" => null, "component" => $this->service, "version" => $this->version] as $key => $own) {
                $given = $fields[$key] ?? null;
                $value = is_string($given) && $given !== "" ? $given : $own;
                if ($value !== null) {
                    $record[$key] = self::text($value, 1_000);
                }
            }
            $this->keys = 0;
            foreach ($fields as $key => $value) {
                $key = self::text((string) $key, 200);
                if (array_key_exists($key, $record) && $record[$key] === $value && !in_array($key, self::WRITER, true)) {
                    continue;
                }
                $record[array_key_exists($key, $record) ? $key . "_" : $key] = $this->plain($value, $longest, 1);
            }
            $line = json_encode($record, self::JSON);
            if ($line !== false && strlen($line) < self::LONGEST_LINE) {
                return $line . "\n";
            }
        }
        return json_encode(["timestamp" => $stamp, "level" => $level, "message" => self::text($message, 200),
            "component" => self::text($this->service, 200), "left_out" => "fields"], self::JSON) . "\n";
    }

    /** What JSON can hold of any value; what throws while it is looked at costs that value only. */
    private function plain(mixed $value, int $longest, int $depth): mixed
    {
        try {
            if (is_string($value)) {
                return self::text($value, $longest);
            }
            if (is_float($value)) {
                return is_finite($value) ? $value : (string) $value;
            }
            if (is_null($value) || is_scalar($value)) {
                return $value;
            }
            if ($value instanceof \Throwable) {
                return self::text($value::class . ": " . $value->getMessage(), $longest);
            }
            if ($value instanceof \DateTimeInterface) {
                return $value->format(DATE_RFC3339_EXTENDED);
            }
            if ($value instanceof \JsonSerializable && $depth < 30) {
                return $this->plain($value->jsonSerialize(), $longest, $depth + 1);
            }
            if ($value instanceof \Stringable) {
                return self::text((string) $value, $longest);
            }
            if ($value instanceof \stdClass) {
                $value = get_object_vars($value);
            }
            if (!is_array($value)) {
                return is_resource($value) ? "<resource>" : "<" . get_debug_type($value) . ">";
            }
            if ($depth > 30) {
                return "<nested too deep>";
            }
            $kept = [];
            foreach ($value as $key => $item) {
                if (++$this->keys > 500) {
                    $kept["…"] = "more keys";
                    break;
                }
                $kept[is_int($key) ? $key : self::text($key, 200)] = $this->plain($item, $longest, $depth + 1);
            }
            return $kept;
        } catch (\Throwable $failure) {
            return "<" . $failure::class . " while it was turned into text>";
        }
    }

    /** UTF-8, cut; bytes that are none become \xNN. */
    private static function text(string $text, int $longest): string
    {
        if (preg_match("//u", $text) !== 1) {
            $text = (string) preg_replace_callback('/[\x80-\xff]/', fn (array $byte) => sprintf('\x%02x', ord($byte[0])), $text);
        }
        if (strlen($text) <= $longest) {
            return $text;
        }
        $kept = (string) preg_replace('/[\xc0-\xff][\x80-\xbf]*$/', "", substr($text, 0, $longest));
        return $kept . "… (" . (strlen($text) - strlen($kept)) . " more bytes)";
    }

    private function append(string $line): void
    {
        $reason = "";
        set_error_handler(static function (int $kind, string $text) use (&$reason): bool {
            $reason = $text;
            return true;
        });
        try {
            if ($this->isOpen()) {
                if ($this->torn) {
                    fwrite($this->stream, "\n");
                }
                $this->torn = false;
                if ($this->unreported > 0) {
                    $lost = $this->unreported;
                    $this->unreported = 0;
                    fwrite($this->stream, $this->encode("warning", "$lost records were lost",
                        ["logger" => "loglama.emit", "lost_records" => $lost]));
                }
                $written = fwrite($this->stream, $line);
                if ($written === strlen($line)) {
                    return;
                }
                $this->torn = (int) $written > 0;
            }
        } catch (\Throwable $failure) {
            $reason = $failure->getMessage();
        } finally {
            restore_error_handler();
        }
        $this->lost++;
        $this->unreported++;
        if (!$this->told) {
            $this->told = true;
            error_log("loglama: {$this->file} cannot be written: $reason; records are lost (and counted) until it can");
        }
    }

    /** Opens the file, again if its name is another file's by now: others rename it. */
    private function isOpen(): bool
    {
        clearstatcache(true, $this->file);
        if (is_resource($this->stream)) {
            $named = file_exists($this->file) ? lstat($this->file) : false;
            $ours = fstat($this->stream);
            if ($named !== false && $ours !== false && $named["ino"] === $ours["ino"] && $named["dev"] === $ours["dev"]) {
                return true;
            }
            fclose($this->stream);
        }
        $this->stream = null;
        $mask = umask(0077);
        try {
            if (!is_dir(dirname($this->file))) {
                mkdir(dirname($this->file), 0700, true);
            }
            if (is_link($this->file) || (file_exists($this->file) && !is_file($this->file))) {
                throw new \RuntimeException("it is not a regular file");
            }
            $stream = fopen($this->file, "ab");
        } finally {
            umask($mask);
        }
        if ($stream === false) {
            return false;
        }
        stream_set_write_buffer($stream, 0);
        $this->stream = $stream;
        $size = fstat($stream)["size"] ?? 0;
        if ($size > 0) { // the last line may be that of a killed writer, without an end; one being written is given a moment
            for ($tries = 0; $tries < 20 && $this->torn = file_get_contents($this->file, false, null, max(0, $size - 1), 1) !== "\n"; $tries++) {
                usleep(1000);
                $size = fstat($stream)["size"] ?? 0;
            }
        }
        return true;
    }
}
