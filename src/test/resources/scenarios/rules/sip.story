title sip decides by the client's address

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                sip(10.0.1.0/24) -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

client 10.0.1.7 asks www.example.com A
expect 192.0.2.1
client 10.0.2.7 asks www.example.com A
expect 192.0.2.9
