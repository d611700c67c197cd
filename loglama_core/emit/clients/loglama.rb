# frozen_string_literal: true

# Logs into LogLama from Ruby (2.7 or newer). No gems; copy this one file. MIT licensed.
#
#   require_relative "loglama"
#   log = LogLama.new("shop", version: "1.0.0")
#   log.info("order paid", order: 1187)
#
# Each record is one line of JSON, appended by one write to $LOGLAMA_LOG_DIR/shop.log (./logs if that is not set), so any
# number of processes may share the file. Nothing here raises: what cannot be written is counted (log.lost) and told once
# on standard error.

require "fileutils"
require "json"

class LogLama
  LEVELS = { "trace" => 5, "debug" => 10, "info" => 20, "warning" => 30, "error" => 40, "critical" => 50 }.freeze
  SYNONYMS = { "warn" => "warning", "fatal" => "critical" }.freeze
  WRITER = %w[timestamp level message].freeze
  LONGEST_LINE = 1_000_000 # bytes; a collector keeps lines of up to 1 MiB whole

  # fields: on every record
  def initialize(service, version: nil, level: "info", log_dir: nil, file: nil, **fields)
    @identity = { "component" => service.to_s, "version" => version }
    @level = level.to_s.downcase
    @fields = fields
    folder = File.expand_path(log_dir || (ENV["LOGLAMA_LOG_DIR"].to_s.empty? ? "logs" : ENV["LOGLAMA_LOG_DIR"]))
    name = service.to_s.gsub(/[^A-Za-z0-9._-]/, "_")[0, 64].sub(/\A(\.|\z)/, "_")
    @file = file || LineFile.new(File.join(folder, "#{name}.log"))
  end

  # Records that could not be written.
  def lost
    @file.lost
  end

  # A logger whose records carry these fields too; a field `logger` names it.
  def with(**fields)
    LogLama.new(@identity["component"], version: @identity["version"], level: @level, file: @file, **@fields, **fields)
  end

  (LEVELS.keys + SYNONYMS.keys).each do |name|
    level = SYNONYMS.fetch(name, name)
    define_method(name) { |message = nil, **fields, &block| log(level, message, **fields, &block) }
    define_method("#{name}?") { LEVELS[level] >= least }
  end

  # A field `error` or `exception` that is an exception is logged with its trace; so is an exception as the message. The
  # block, if given, makes the message.
  def log(level, message = nil, **fields)
    return if LEVELS.fetch(level.to_s, 20) < least

    message = yield if message.nil? && block_given?
    all = @fields.merge(fields)
    error = %i[error exception].map { |key| all[key] }.find { |value| value.is_a?(Exception) }
    error ||= message if message.is_a?(Exception)
    all = all.reject { |_, value| value.equal?(error) } if error
    all[:exception] = exception_fields(error) if error
    write(level.to_s, message.is_a?(Exception) ? message.message : message, all)
  rescue StandardError => e
    write(level.to_s, message, { left_out: "fields: #{e.class}" })
  end

  # Logs what ends the program.
  def capture_errors
    at_exit do
      error = $! # rubocop:disable Style/SpecialGlobalVars
      critical("uncaught #{error.class}", exception: error) unless error.nil? || error.is_a?(SystemExit)
    end
  end

  private

  def least
    LEVELS.fetch(SYNONYMS.fetch(@level, @level), 20)
  end

  def write(level, message, fields)
    @file.append(encode(level, message, fields)) { |lost, reason| lost_line(lost, reason) }
  end

  def lost_line(lost, reason)
    encode("warning", "#{lost} records were lost: #{reason}", { logger: "loglama.emit", lost_records: lost })
  end

  def encode(level, message, fields)
    stamp = Time.now.utc.strftime("%Y-%m-%dT%H:%M:%S.%6NZ")
    [100_000, 20_000, 200].each do |longest|
      line = JSON.generate(record(stamp, level, message, fields, longest))
      return "#{line}\n" if line.bytesize < LONGEST_LINE
    end
    "#{JSON.generate({ timestamp: stamp, level: level, message: text(message, 200), component: text(@identity['component'], 200), left_out: 'fields' })}\n"
  end

  def record(stamp, level, message, fields, longest)
    record = { "timestamp" => stamp, "level" => level, "message" => text(message, longest > 200 ? LONGEST_LINE / 4 : longest) }
    %w[logger component version].each do |key|
      given = fields[key.to_sym]
      value = given.is_a?(String) && !given.empty? ? given : @identity[key]
      record[key] = text(value, 1000) unless value.nil?
    end
    keys = [0]
    fields.each do |key, value|
      key = text(key, 200)
      next if record.key?(key) && record[key] == value && !WRITER.include?(key)

      record[record.key?(key) ? "#{key}_" : key] = plain(value, longest, 1, keys)
    end
    record
  end

  # What JSON can hold of any value; what raises while it is looked at costs that value only.
  def plain(value, longest, depth, keys)
    case value
    when nil, true, false, Integer then value
    when String, Symbol then text(value, longest)
    when Float then value.finite? ? value : value.to_s
    when Time then value.utc.strftime("%Y-%m-%dT%H:%M:%S.%6NZ")
    when Exception then text("#{value.class}: #{value.message}", longest)
    when Array
      depth > 30 ? "<nested too deep>" : value.map { |item| plain(item, longest, depth + 1, keys) }
    when Hash
      return "<nested too deep>" if depth > 30

      kept = {}
      value.each do |key, item|
        break kept["…"] = "more keys" if (keys[0] += 1) > 500

        kept[text(key, 200)] = plain(item, longest, depth + 1, keys)
      end
      kept
    else text(value, longest)
    end
  rescue StandardError, SystemStackError => e
    "<#{e.class} while it was turned into text>"
  end

  # UTF-8, cut; bytes that are none become \xNN.
  def text(value, longest)
    text = value.to_s
    text = text.encoding == Encoding::BINARY ? text.dup.force_encoding("UTF-8") : text.encode("UTF-8") unless text.encoding == Encoding::UTF_8
    text = text.scrub { |bytes| bytes.unpack("C*").map { |byte| format("\\x%02x", byte) }.join }
    text.length <= longest ? text : "#{text[0, longest]}… (#{text.length - longest} more characters)"
  rescue StandardError => e
    "<#{e.class} while it was turned into text>"
  end

  def exception_fields(error)
    traces = []
    one = error
    while one && traces.length < 10
      traces << one.full_message(highlight: false, order: :top)
      one = one.cause
    end
    { type: error.class.name, message: error.message, stacktrace: traces.first.to_s[0, 60_000] }
  rescue StandardError => e
    { type: error.class.name, message: "<#{e.class} while it was turned into text>" }
  end

  # The file of a service, opened again when its name is another file's by now: others rename it.
  class LineFile
    attr_reader :lost

    FLAGS = File::WRONLY | File::CREAT | File::APPEND | File::NOFOLLOW | File::NONBLOCK

    def initialize(path)
      @path = path
      @lost = @unreported = 0
      @retry_at = 0
      @mutex = Mutex.new
    end

    def append(line)
      @mutex.synchronize do
        open_again unless current?
        @stream.syswrite("\n") if @torn
        @torn = false
        if @unreported.positive?
          lost, @unreported = @unreported, 0
          @stream.syswrite(yield(lost, @reason))
        end
        written = @stream.syswrite(line)
        if written != line.bytesize
          @torn = true
          raise "the disk is full"
        end
      end
    rescue StandardError => e
      lose(e)
    end

    private

    def lose(error)
      @lost += 1
      @unreported += 1
      @reason = error.message.sub(/ @ rb_.*/, "")
      return if @told

      @told = true
      warn("loglama: #{@path} cannot be written: #{@reason}; records are lost (and counted) until it can")
    rescue StandardError
      nil # standard error is closed
    end

    def current?
      return false if @stream.nil?

      ours = @stream.stat
      named = File.lstat(@path)
      ours.ino == named.ino && ours.dev == named.dev
    rescue SystemCallError
      false
    end

    def open_again
      now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      raise @reason.to_s if now < @retry_at

      @retry_at = now + 1
      FileUtils.mkdir_p(File.dirname(@path), mode: 0o700)
      fresh = File.open(@path, FLAGS, 0o600)
      fresh.sync = true
      raise "it is not a regular file" unless fresh.stat.file?

      @stream&.close
      @stream = fresh
      @torn = fresh.stat.size.positive? && within_line?
      @retry_at = 0
    end

    # Whether the last line has no end: that of a killed writer; one that is being written is given a moment.
    def within_line?
      20.times do
        return false if File.binread(@path, 1, [File.size(@path) - 1, 0].max) == "\n"

        sleep(0.001)
      end
      true
    rescue SystemCallError
      false
    end
  end
end
