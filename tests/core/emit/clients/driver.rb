# frozen_string_literal: true
require_relative "loglama"
mode, who, count = ARGV
log = LogLama.new(ENV.fetch("SERVICE", "shop"), version: "1.2.3", level: "debug")
case mode
when "scenario"
  log.info("plain", n: 1, ratio: 0.5, ok: true, none: nil, text: "zażółć \"q\" \\ \n 🦙", list: [1, 2, { a: 1 }], nested: { a: { b: 1 } })
  %w[trace debug info warning error critical].each { |level| log.public_send(level, "at #{level}") }
  log.info("reserved", timestamp: "t", level: "l", message: "m", component: "other", logger: "app.pay")
  begin
    begin
      nil.x
    rescue NoMethodError
      raise RangeError, "out"
    end
  rescue RangeError => e
    log.error("failed", key: 7, error: e)
  end
  log.with(user: "ann").info("bound", n: 2)
  circle = []
  circle << circle
  deep = 1
  5000.times { deep = [deep] }
  raises = Object.new
  def raises.to_s = raise("no")
  values = { circle: circle, deep: deep, nan: Float::NAN, bad: "a\xffb", binary: "\xff".b, huge: "x" * 3_000_000, raises: raises, big: 2**70, fn: -> {}, date: Time.at(0), wide: (0...3000).to_h { |i| ["k#{i}", i] }, utf16: "ł".encode("UTF-16LE") }
  values.each { |name, value| log.info("hostile", which: name, value: value, beside: "kept") }
  log.info { "by a block" }
  exit(log.lost.zero? ? 0 : 1)
when "many"
  count.to_i.times { |number| log.info("written", who: who.to_i, number: number, text: "x" * (number * 37 % 3000), long: (number % 50).zero? ? "y" * 70_000 : "") }
when "forever"
  $stdout.sync = true
  (0..).each { |number| log.info("written", number: number); puts number }
when "trouble"
  20.times { log.info("lost") }
  puts log.lost
end
