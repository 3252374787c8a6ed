title A new reject rule holds from the reload on, whatever the cache has

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect 192.0.2.1
reload
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request {
            qname(suffix: example.com) -> reject
            fallback: quad9
        } }
    }
end
client 10.0.0.2 asks www.example.com A
expect no records, EDE 15, at once
