title && joins conditions and ! turns one about

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                qname(suffix: example.com) && !qtype(a) -> reject
                !sip(10.0.0.0/8) -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com TXT
expect EDE 15, no records
client 10.0.0.2 asks www.example.com A
expect 192.0.2.9
client 172.16.0.2 asks www.example.com A
expect 192.0.2.1
