// sing-box with what gander's tests ask of it, and nothing else: its own command takes three times as long to build.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	box "github.com/sagernet/sing-box"
	"github.com/sagernet/sing-box/adapter/certificate"
	"github.com/sagernet/sing-box/adapter/endpoint"
	"github.com/sagernet/sing-box/adapter/inbound"
	"github.com/sagernet/sing-box/adapter/outbound"
	"github.com/sagernet/sing-box/adapter/service"
	"github.com/sagernet/sing-box/dns"
	"github.com/sagernet/sing-box/dns/transport"
	"github.com/sagernet/sing-box/dns/transport/hosts"
	"github.com/sagernet/sing-box/dns/transport/local"
	"github.com/sagernet/sing-box/dns/transport/quic"
	"github.com/sagernet/sing-box/option"
	"github.com/sagernet/sing-box/protocol/anytls"
	"github.com/sagernet/sing-box/protocol/direct"
	"github.com/sagernet/sing-box/protocol/hysteria2"
	"github.com/sagernet/sing-box/protocol/shadowsocks"
	"github.com/sagernet/sing-box/protocol/socks"
	"github.com/sagernet/sing-box/protocol/tuic"
	"github.com/sagernet/sing/common/json"
)

func registries(ctx context.Context) context.Context {
	in := inbound.NewRegistry()
	anytls.RegisterInbound(in)
	direct.RegisterInbound(in)
	hysteria2.RegisterInbound(in)
	shadowsocks.RegisterInbound(in)
	socks.RegisterInbound(in)
	tuic.RegisterInbound(in)
	out := outbound.NewRegistry()
	direct.RegisterOutbound(out)
	names := dns.NewTransportRegistry()
	hosts.RegisterTransport(names)
	local.RegisterTransport(names)
	quic.RegisterHTTP3Transport(names)
	quic.RegisterTransport(names)
	transport.RegisterHTTPS(names)
	transport.RegisterTCP(names)
	transport.RegisterTLS(names)
	transport.RegisterUDP(names)
	return box.Context(ctx, in, out, endpoint.NewRegistry(), names, service.NewRegistry(), certificate.NewRegistry())
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "sing-box:", err)
		os.Exit(1)
	}
}

// made is sing-box by the configuration in a file, not started yet.
func made(ctx context.Context, file string) *box.Box {
	text, err := os.ReadFile(file)
	fail(err)
	options, err := json.UnmarshalExtendedContext[option.Options](ctx, text)
	fail(err)
	instance, err := box.New(box.Options{Context: ctx, Options: options})
	fail(err)
	return instance
}

func version() {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "github.com/sagernet/sing-box" {
			fmt.Println("sing-box version", module.Version)
		}
	}
}

func main() {
	ctx, stop := signal.NotifyContext(registries(context.Background()), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch words := os.Args[1:]; {
	case len(words) == 3 && words[0] == "run" && words[1] == "-c":
		instance := made(ctx, words[2])
		fail(instance.Start())
		<-ctx.Done()
		fail(instance.Close())
	case len(words) == 3 && words[0] == "check" && words[1] == "-c":
		fail(made(ctx, words[2]).Close())
	case len(words) == 1 && words[0] == "version":
		version()
	default:
		fmt.Fprintln(os.Stderr, "usage: sing-box run -c FILE | check -c FILE | version")
		os.Exit(2)
	}
}
