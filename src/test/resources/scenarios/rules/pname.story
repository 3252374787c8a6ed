title pname decides by the program that asks

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                pname(curl) -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

client 127.0.0.1 asks www.example.com A pname curl
expect 192.0.2.1
client 127.0.0.1 asks www.example.com A pname wget
expect 192.0.2.9
