title asis asks the very server the client asked, and keeps servers apart

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                fallback: asis
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

server other at 1.1.1.1
other answers * A: @ 300 A 192.0.2.11
client 10.0.0.2 asks www.example.com A @1.1.1.1
expect 192.0.2.11
client 10.0.0.2 asks www.example.com A @9.9.9.9
expect 192.0.2.9
client 10.0.0.3 asks www.example.com A @1.1.1.1
expect 192.0.2.11, at once
