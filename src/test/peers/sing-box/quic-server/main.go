// A DNS server over QUIC (RFC 9250) and HTTP/3 (RFC 8484) on quic-go: every name is 192.0.2.80. As quic_server.py, and fast enough for
// thousands of questions a second.
//
//	quic-server CERTIFICATE KEY DOQ_PORT H3_PORT [ADDRESS]
//
// Prints `ready DOQ_PORT H3_PORT` once it serves on ADDRESS, else 127.0.0.1; after that a line for each connection:
// `connection doq new`, `connection h3 resumed`.
package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/sagernet/quic-go"
	"github.com/sagernet/quic-go/http3"
)

var record = []byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 80}

func answer(query []byte) ([]byte, error) {
	end := 12
	for end < len(query) && query[end] != 0 {
		end += int(query[end]) + 1
	}
	if end += 5; end > len(query) {
		return nil, errors.New("no question")
	}
	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, query[12:end]...)
	return append(reply, record...), nil
}

func overQuic(connection *quic.Conn) {
	for {
		stream, err := connection.AcceptStream(context.Background())
		if err != nil {
			return
		}
		go func() {
			query, err := io.ReadAll(io.LimitReader(stream, 65538))
			if err != nil {
				stream.CancelWrite(1)
				return
			}
			if len(query) < 4 || int(binary.BigEndian.Uint16(query)) != len(query)-2 || query[2] != 0 || query[3] != 0 {
				connection.CloseWithError(2, "length or ID") // DOQ_PROTOCOL_ERROR
				return
			}
			reply, err := answer(query[2:])
			if err != nil {
				connection.CloseWithError(2, err.Error())
				return
			}
			stream.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
			stream.Close()
		}()
	}
}

func overHttp3(response http.ResponseWriter, request *http.Request) {
	query, err := io.ReadAll(io.LimitReader(request.Body, 65536))
	if request.Method == http.MethodGet {
		query, err = base64.RawURLEncoding.DecodeString(request.URL.Query().Get("dns"))
	}
	if err == nil {
		query, err = answer(query)
	}
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	response.Header().Set("content-type", "application/dns-message")
	response.Write(query)
}

func must[T any](it T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "quic-server:", err)
		os.Exit(1)
	}
	return it
}

func bind(address, port string) net.PacketConn {
	return must(net.ListenPacket("udp", net.JoinHostPort(address, port)))
}

func listen(socket net.PacketConn, certificate tls.Certificate, protocol string) *quic.Listener {
	terms := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{protocol}}
	return must(quic.Listen(socket, terms, nil))
}

// each has a connection served by what it is for, and tells of it.
func each(listener *quic.Listener, protocol string, serve func(*quic.Conn)) {
	for {
		connection, err := listener.Accept(context.Background())
		must(0, err)
		known := "new"
		if connection.ConnectionState().TLS.DidResume {
			known = "resumed"
		}
		fmt.Println("connection", protocol, known)
		go serve(connection)
	}
}

func main() {
	if len(os.Args) < 5 {
		must(0, errors.New("usage: quic-server CERTIFICATE KEY DOQ_PORT H3_PORT [ADDRESS]"))
	}
	address := "127.0.0.1"
	if len(os.Args) > 5 {
		address = os.Args[5]
	}
	certificate := must(tls.LoadX509KeyPair(os.Args[1], os.Args[2]))
	doq, h3 := bind(address, os.Args[3]), bind(address, os.Args[4])
	server := &http3.Server{Handler: http.HandlerFunc(overHttp3)}
	go each(listen(doq, certificate, "doq"), "doq", overQuic)
	over := listen(h3, certificate, http3.NextProtoH3)
	fmt.Println("ready", doq.LocalAddr().(*net.UDPAddr).Port, h3.LocalAddr().(*net.UDPAddr).Port)
	each(over, "h3", func(connection *quic.Conn) { server.ServeQUICConn(connection) })
}
