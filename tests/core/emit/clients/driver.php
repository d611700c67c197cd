<?php
require __DIR__ . "/loglama.php";
[, $mode, $who, $count] = array_pad($argv, 4, null);
$log = new LogLama(getenv("SERVICE") ?: "shop", version: "1.2.3", level: "debug");
if ($mode === "scenario") {
    $log->info("plain", ["n" => 1, "ratio" => 0.5, "ok" => true, "none" => null, "text" => "zażółć \"q\" \\ \n 🦙", "list" => [1, 2, ["a" => 1]], "nested" => ["a" => ["b" => 1]]]);
    foreach (["trace", "debug", "info", "warning", "error", "critical"] as $level) { $log->$level("at $level"); }
    $log->info("reserved", ["timestamp" => "t", "level" => "l", "message" => "m", "component" => "other", "logger" => "app.pay"]);
    try { try { intdiv(1, 0); } catch (\Throwable $cause) { throw new RangeException("out", 1, $cause); } }
    catch (\Throwable $error) { $log->error("failed", ["key" => 7, "exception" => $error]); }
    $log->with(["user" => "ann"])->info("bound", ["n" => 2]);
    $circle = []; $circle[] = &$circle;
    $deep = 1; for ($i = 0; $i < 5000; $i++) { $deep = [$deep]; }
    $wide = []; for ($i = 0; $i < 3000; $i++) { $wide["k$i"] = $i; }
    class Raises implements JsonSerializable { public function jsonSerialize(): mixed { throw new RuntimeException("no"); } }
    $values = ["circle" => $circle, "deep" => $deep, "nan" => NAN, "bad" => "a\xffb", "huge" => str_repeat("x", 3_000_000), "raises" => new Raises, "fn" => fn () => 1, "date" => new DateTimeImmutable("@0"), "wide" => $wide, "resource" => STDIN];
    foreach ($values as $name => $value) { $log->info("hostile", ["which" => $name, "value" => $value, "beside" => "kept"]); }
    $log->info("{n} of {what}", ["n" => 3, "what" => "all"]);
    exit($log->lost ? 1 : 0);
} elseif ($mode === "many") {
    for ($number = 0; $number < (int) $count; $number++) { $log->info("written", ["who" => (int) $who, "number" => $number, "text" => str_repeat("x", $number * 37 % 3000), "long" => $number % 50 === 0 ? str_repeat("y", 70_000) : ""]); }
} elseif ($mode === "forever") {
    for ($number = 0; ; $number++) { $log->info("written", ["number" => $number]); fwrite(STDOUT, "$number\n"); }
} elseif ($mode === "trouble") {
    for ($number = 0; $number < 20; $number++) { $log->info("lost"); }
    echo $log->lost, "\n";
}
