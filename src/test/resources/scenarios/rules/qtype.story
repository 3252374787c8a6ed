title qtype decides by type

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                qtype(aaaa) -> reject
                qtype(TYPE65) -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

home answers * HTTPS: @ 300 HTTPS 1 . alpn=h2
client 10.0.0.2 asks www.example.com AAAA
expect NOERROR, no records, SOA, EDE 15, at once
client 10.0.0.2 asks www.example.com HTTPS
expect HTTPS
client 10.0.0.2 asks www.example.com A
expect 192.0.2.9
counter answered_by_rule is 1
