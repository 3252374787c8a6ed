title A rule may send a private reverse zone to who knows it

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                qname(suffix: 168.192.in-addr.arpa) -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

home answers * PTR: @ 300 PTR printer.lan.
client 10.0.0.2 asks 5.1.168.192.in-addr.arpa PTR
expect NOERROR, PTR printer.lan.
home was asked 1 time
