package main

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"driver/loglama"
)

type raises struct{}

func (raises) MarshalJSON() ([]byte, error) { panic("no") }

type circle struct{ Next *circle }

func main() {
	service := os.Getenv("SERVICE")
	if service == "" {
		service = "shop"
	}
	log := loglama.New(service, loglama.Options{Version: "1.2.3", Level: "debug"})
	switch os.Args[1] {
	case "scenario":
		log.Info("plain", "n", 1, "ratio", 0.5, "ok", true, "none", nil, "text", "zażółć \"q\" \\ \n 🦙", "list", []any{1, 2, map[string]any{"a": 1}}, "nested", map[string]any{"a": map[string]any{"b": 1}})
		log.Trace("at trace")
		log.Debug("at debug")
		log.Info("at info")
		log.Warning("at warning")
		log.Error("at error")
		log.Critical("at critical")
		log.Info("reserved", "timestamp", "t", "level", "l", "message", "m", "component", "other", "logger", "app.pay")
		log.Error("failed", "key", 7, "error", fmt.Errorf("out: %w", os.ErrNotExist))
		log.With("user", "ann").Info("bound", "n", 2)
		var deep any = 1
		for i := 0; i < 5000; i++ {
			deep = []any{deep}
		}
		wide := map[string]int{}
		for i := 0; i < 3000; i++ {
			wide[fmt.Sprint("k", i)] = i
		}
		loop := &circle{}
		loop.Next = loop
		for _, pair := range [][2]any{{"deep", deep}, {"nan", math.NaN()}, {"bad", "a\xffb"}, {"huge", strings.Repeat("x", 3_000_000)}, {"raises", raises{}}, {"fn", func() {}}, {"date", time.Unix(0, 0)}, {"wide", wide}, {"circle", loop}, {"channel", make(chan int)}} {
			log.Info("hostile", "which", pair[0], "value", pair[1], "beside", "kept")
		}
		log.Info("odd", "key without a value")
		if log.Lost() > 0 {
			os.Exit(1)
		}
	case "many":
		who, _ := strconv.Atoi(os.Args[2])
		count, _ := strconv.Atoi(os.Args[3])
		for number := 0; number < count; number++ {
			long := ""
			if number%50 == 0 {
				long = strings.Repeat("y", 70_000)
			}
			log.Info("written", "who", who, "number", number, "text", strings.Repeat("x", number*37%3000), "long", long)
		}
	case "forever":
		for number := 0; ; number++ {
			log.Info("written", "number", number)
			fmt.Println(number)
		}
	case "server":
		listener, _ := net.Listen("tcp", "127.0.0.1:0")
		fmt.Println(listener.Addr().(*net.TCPAddr).Port)
		_ = http.Serve(listener, log.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			log.From(r.Context()).Info("inside", "url", r.URL.Path)
			if r.URL.Path == "/boom" {
				w.WriteHeader(500)
			}
			fmt.Fprint(w, "ok")
		})))
	case "trouble":
		for number := 0; number < 20; number++ {
			log.Info("lost")
		}
		fmt.Println(log.Lost())
	}
}
