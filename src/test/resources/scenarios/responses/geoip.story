title geoip looks at every address of the answer

geoip bogus 192.0.2.0/28 2001:db8::/32
config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                fallback: quad9
            }
            response {
                ip(geoip:bogus) && upstream(quad9) -> home
                fallback: accept
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

quad9 answers two.example.com A: @ 300 A 198.51.100.1; @ 300 A 192.0.2.9
home answers six.example.com AAAA: @ 300 AAAA 2001:db9::1
quad9 answers six.example.com AAAA: @ 300 AAAA 2001:db8::1
client 10.0.0.2 asks two.example.com A
expect 192.0.2.1
client 10.0.0.2 asks six.example.com AAAA
expect 2001:db9::1
