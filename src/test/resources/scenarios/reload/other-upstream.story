title A reload with another upstream of the same name starts with an empty cache

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

server new at 9.9.9.10
new answers * A: @ 300 A 192.0.2.10
client 10.0.0.2 asks www.example.com A
expect 192.0.2.1
reload
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.10:53' }
        routing { request { fallback: quad9 } }
    }
end
client 10.0.0.2 asks www.example.com A
expect 192.0.2.10
