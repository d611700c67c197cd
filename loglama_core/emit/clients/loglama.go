// Package loglama logs into LogLama from Go (1.18 or newer). No dependencies; copy this one file. MIT licensed.
//
//	log := loglama.New("shop", loglama.Options{Version: "1.0.0"})
//	log.Info("order paid", "order", 1187)
//
// Each record is one line of JSON, appended by one write to $LOGLAMA_LOG_DIR/shop.log (./logs if that is not set), so any
// number of processes may share the file. No call panics or returns an error: what cannot be written is counted (Lost)
// and told once on standard error.
package loglama

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"
)

const (
	longestLine = 1_000_000 // bytes; a collector keeps lines of up to 1 MiB whole
	retryAfter  = time.Second
)

var levels = map[string]int{"trace": 5, "debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
var notInAName = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// Options of a logger; the zero value is fine.
type Options struct {
	Version string
	Level   string // the least that is written: "info" if empty
	LogDir  string // $LOGLAMA_LOG_DIR, else ./logs, if empty
}

// Logger writes the records of one service. It may be used by many goroutines.
type Logger struct {
	file    *lineFile
	service string
	version string
	least   int
	pairs   []any
}

// New returns the logger of a service.
func New(service string, options Options) *Logger {
	folder := options.LogDir
	if folder == "" {
		folder = os.Getenv("LOGLAMA_LOG_DIR")
	}
	if folder == "" {
		folder = "logs"
	}
	if absolute, err := filepath.Abs(folder); err == nil {
		folder = absolute
	}
	name := notInAName.ReplaceAllString(service, "_")
	if len(name) > 64 {
		name = name[:64]
	}
	if name == "" || name[0] == '.' {
		name = "_" + strings.TrimPrefix(name, ".")
	}
	least, known := levels[strings.ToLower(options.Level)]
	if !known {
		least = levels["info"]
	}
	return &Logger{open(filepath.Join(folder, name+".log")), service, options.Version, least, nil}
}

// With returns a logger whose records carry these pairs of key and value too; a key "logger" names it.
func (l *Logger) With(pairs ...any) *Logger {
	other := *l
	other.pairs = append(append([]any{}, l.pairs...), pairs...)
	return &other
}

// Lost returns how many records could not be written.
func (l *Logger) Lost() int64 {
	l.file.mutex.Lock()
	defer l.file.mutex.Unlock()
	return l.file.lost
}

// A value that is an error becomes the record's exception.

// Trace, Debug, Info, Warning, Error and Critical log a message with pairs of key and value.
func (l *Logger) Trace(message string, pairs ...any)    { l.Log("trace", message, pairs...) }
func (l *Logger) Debug(message string, pairs ...any)    { l.Log("debug", message, pairs...) }
func (l *Logger) Info(message string, pairs ...any)     { l.Log("info", message, pairs...) }
func (l *Logger) Warning(message string, pairs ...any)  { l.Log("warning", message, pairs...) }
func (l *Logger) Warn(message string, pairs ...any)     { l.Log("warning", message, pairs...) }
func (l *Logger) Error(message string, pairs ...any)    { l.Log("error", message, pairs...) }
func (l *Logger) Critical(message string, pairs ...any) { l.Log("critical", message, pairs...) }

// Log logs at a level given by name.
func (l *Logger) Log(level, message string, pairs ...any) {
	number, known := levels[level]
	if !known {
		level, number = "info", levels["info"]
	}
	if number < l.least {
		return
	}
	all := append(append([]any{}, l.pairs...), pairs...)
	l.file.append(l.encode(level, message, all), func(lost int64, reason string) []byte {
		text := fmt.Sprintf("%d records were lost: %s", lost, reason)
		return l.encode("warning", text, []any{"logger", "loglama.emit", "lost_records", lost})
	})
}

func (l *Logger) encode(level, message string, pairs []any) []byte {
	stamp := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
	for _, longest := range []int{100_000, 20_000, 200} {
		most := longestLine / 4
		if longest == 200 {
			most = longest
		}
		line := l.line(stamp, level, clean(message, most), pairs, longest)
		if len(line) <= longestLine {
			return line
		}
	}
	return l.line(stamp, level, clean(message, 200), []any{"left_out", "fields"}, 200)
}

func (l *Logger) line(stamp, level, message string, pairs []any, longest int) []byte {
	logger, component, version := "", l.service, l.version
	var keys []string
	values := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		key, value := fmt.Sprint(pairs[i]), any(nil)
		if i+1 < len(pairs) {
			value = pairs[i+1]
		}
		text, isText := value.(string)
		switch {
		case isText && text != "" && key == "logger":
			logger = text
			continue
		case isText && text != "" && key == "component":
			component = text
			continue
		case isText && text != "" && key == "version":
			version = text
			continue
		case key == "timestamp" || key == "level" || key == "message" || key == "component" || key == "version":
			key += "_"
		}
		if err, isError := value.(error); isError && err != nil {
			key, value = "exception", map[string]any{"type": fmt.Sprintf("%T", err), "message": errorText(err)}
		}
		if _, given := values[key]; !given {
			keys = append(keys, key)
		}
		values[key] = value
	}
	var line bytes.Buffer
	fmt.Fprintf(&line, `{"timestamp":"%s","level":"%s","message":%s`, stamp, level, marshal(message, longestLine))
	for _, pair := range [][2]string{{"logger", logger}, {"component", component}, {"version", version}} {
		if pair[1] != "" {
			fmt.Fprintf(&line, `,"%s":%s`, pair[0], marshal(pair[1], 1000))
		}
	}
	for number, key := range keys {
		if number == 300 {
			line.WriteString(`,"…":"more keys"`)
			break
		}
		fmt.Fprintf(&line, ",%s:%s", marshal(clean(key, 200), 1000), marshal(values[key], longest))
	}
	line.WriteString("}\n")
	return line.Bytes()
}

// marshal returns a value as JSON; what JSON cannot hold becomes its text, also when its own methods panic.
func marshal(value any, longest int) (encoded []byte) {
	defer func() {
		if failure := recover(); failure != nil {
			encoded = []byte(`"<panic while it was turned into text>"`)
		}
	}()
	switch kind := value.(type) {
	case string:
		value = clean(kind, longest)
	case []byte:
		value = clean(string(kind), longest)
	case float64:
		if math.IsNaN(kind) || math.IsInf(kind, 0) {
			value = fmt.Sprint(kind)
		}
	case time.Duration:
		value = kind.String()
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil || buffer.Len() > 8*longest || isUnreadable(buffer.String()) {
		buffer.Reset()
		_ = encoder.Encode(clean(fmt.Sprintf("%+v", value), longest))
	}
	return bytes.TrimRight(buffer.Bytes(), "\n")
}

// isUnreadable tells whether a reader would take the value for plain text: too many keys, too deep.
func isUnreadable(encoded string) bool {
	return strings.Count(encoded, `":`) > 500 || strings.Count(encoded, "[")+strings.Count(encoded, "{") > 50
}

func errorText(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = "<panic while it was turned into text>"
		}
	}()
	return clean(err.Error(), 60_000)
}

// clean returns UTF-8, cut; bytes that are none become \xNN.
func clean(text string, longest int) string {
	if !utf8.ValidString(text) {
		var cleaned strings.Builder
		for i := 0; i < len(text); {
			character, size := utf8.DecodeRuneInString(text[i:])
			if character == utf8.RuneError && size == 1 {
				fmt.Fprintf(&cleaned, `\x%02x`, text[i])
			} else {
				cleaned.WriteString(text[i : i+size])
			}
			i += size
		}
		text = cleaned.String()
	}
	if len(text) <= longest {
		return text
	}
	end := longest
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d more bytes)", text[:end], len(text)-end)
}

type contextKey struct{}

// From returns the logger of the request a handler answers, else l.
func (l *Logger) From(ctx context.Context) *Logger {
	if of, ok := ctx.Value(contextKey{}).(*Logger); ok {
		return of
	}
	return l
}

var (
	requestID   = regexp.MustCompile(`^[A-Za-z0-9._:/+=@-]{1,128}$`)
	traceparent = regexp.MustCompile(`^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$`)
)

// Handler logs every request: method, path (without the query: tokens stand there), status, duration, client, and its id
// and W3C trace, taken from its headers or made. log.From(request.Context()) carries them; the answer tells the id.
func (l *Logger) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		begun := time.Now()
		id := request.Header.Get("X-Request-ID")
		if !requestID.MatchString(id) {
			id = randomHex(16)
		}
		ids := []any{"request_id", id}
		trace := traceparent.FindStringSubmatch(request.Header.Get("Traceparent"))
		if trace != nil && trace[1] != "ff" && strings.Trim(trace[2], "0") != "" && strings.Trim(trace[3], "0") != "" {
			ids = append(ids, "trace_id", trace[2], "span_id", randomHex(8), "parent_span_id", trace[3])
		} else {
			ids = append(ids, "trace_id", randomHex(16), "span_id", randomHex(8))
		}
		of := l.With(ids...)
		response.Header().Set("X-Request-ID", id)
		noted := &notedResponse{ResponseWriter: response, status: http.StatusOK}
		write := func(level, what string, status int, more ...any) {
			client, _, err := net.SplitHostPort(request.RemoteAddr)
			if err != nil {
				client = request.RemoteAddr
			}
			pairs := append([]any{"logger", "loglama.request", "method", request.Method, "path", request.URL.Path, "client", client,
				"status", status, "duration_ms", float64(time.Since(begun).Microseconds()) / 1000}, more...)
			of.Log(level, fmt.Sprintf("request %s %s %s", what, request.Method, request.URL.Path), pairs...)
		}
		defer func() {
			if failure := recover(); failure != nil {
				write("error", "failed", http.StatusInternalServerError, "error", fmt.Errorf("panic: %v", failure))
				panic(failure)
			}
		}()
		next.ServeHTTP(noted, request.WithContext(context.WithValue(request.Context(), contextKey{}, of)))
		level := "info"
		if noted.status >= 500 {
			level = "error"
		} else if noted.status >= 400 {
			level = "warning"
		}
		write(level, "finished", noted.status)
	})
}

type notedResponse struct {
	http.ResponseWriter
	status int
}

func (n *notedResponse) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

func (n *notedResponse) Unwrap() http.ResponseWriter { return n.ResponseWriter }

func (n *notedResponse) Flush() {
	if flusher, ok := n.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}

func randomHex(size int) string {
	data := make([]byte, size)
	_, _ = rand.Read(data)
	return hex.EncodeToString(data)
}

type lineFile struct {
	mutex      sync.Mutex
	path       string
	file       *os.File
	torn       bool
	told       bool
	lost       int64
	unreported int64
	reason     string
	retry      time.Time
}

var (
	files      = map[string]*lineFile{}
	filesMutex sync.Mutex
)

func open(path string) *lineFile {
	filesMutex.Lock()
	defer filesMutex.Unlock()
	if files[path] == nil {
		files[path] = &lineFile{path: path}
	}
	return files[path]
}

func (f *lineFile) append(line []byte, lostLine func(int64, string) []byte) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	err := f.ready()
	if err == nil && f.torn {
		if _, err = f.file.Write([]byte("\n")); err == nil {
			f.torn = false
		}
	}
	if err == nil && f.unreported > 0 {
		if _, err = f.file.Write(lostLine(f.unreported, f.reason)); err == nil {
			f.unreported = 0
		}
	}
	if err == nil {
		var written int
		written, err = f.file.Write(line)
		f.torn = err != nil && written > 0
	}
	if err == nil {
		return
	}
	f.lost++
	f.unreported++
	f.reason = err.Error()
	if !f.told {
		f.told = true
		fmt.Fprintf(os.Stderr, "loglama: %s cannot be written: %s; records are lost (and counted) until it can\n", f.path, f.reason)
	}
}

// ready opens the file, again if its name is another file's by now: others rename it.
func (f *lineFile) ready() error {
	if f.file != nil {
		ours, err := f.file.Stat()
		named, missing := os.Lstat(f.path)
		if err == nil && missing == nil && os.SameFile(ours, named) {
			return nil
		}
	}
	if time.Now().Before(f.retry) {
		return errors.New(f.reason)
	}
	fresh, err := create(f.path)
	if err != nil {
		f.retry = time.Now().Add(retryAfter)
		return err
	}
	if f.file != nil {
		f.file.Close()
	}
	f.file = fresh
	f.torn = endsWithinLine(f.path)
	return nil
}

func create(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND | syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	fresh, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	if status, err := fresh.Stat(); err != nil || !status.Mode().IsRegular() {
		fresh.Close()
		return nil, errors.New("it is not a regular file")
	}
	return fresh, nil
}

// endsWithinLine tells whether the last line has no end: that of a killed writer; one being written is given a moment.
func endsWithinLine(path string) bool {
	reader, err := os.Open(path)
	if err != nil {
		return false
	}
	defer reader.Close()
	last := make([]byte, 1)
	for tries := 0; tries < 20; tries++ {
		end, err := reader.Seek(-1, io.SeekEnd)
		if err != nil || end < 0 {
			return false
		}
		if _, err := reader.Read(last); err != nil || last[0] == '\n' {
			return false
		}
		time.Sleep(time.Millisecond)
	}
	return true
}
