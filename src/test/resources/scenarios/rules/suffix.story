title A suffix takes the name itself and what lies below, and no name that merely ends so

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                qname(suffix: corp.example) -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks corp.example A
expect 192.0.2.1
client 10.0.0.2 asks a.b.CORP.example A
expect 192.0.2.1
client 10.0.0.2 asks mycorp.example A
expect 192.0.2.9
