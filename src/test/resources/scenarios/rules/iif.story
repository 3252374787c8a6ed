title iif decides by the interface the query came in by

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                iif(br-guest) -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A iif br-guest
expect 192.0.2.1
client 10.0.0.2 asks www.example.com A iif br-lan
expect 192.0.2.9
