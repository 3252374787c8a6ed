title mac decides by the client's MAC address

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                mac('02:42:ac:11:00:02') -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A mac 02:42:ac:11:00:02
expect 192.0.2.1
client 10.0.0.2 asks www.example.com A mac 02:42:ac:11:00:03
expect 192.0.2.9
