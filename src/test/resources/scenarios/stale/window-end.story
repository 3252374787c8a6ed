title After optimistic_cache_ttl nothing stale is given while the server answers

config
    dns {
        use_hosts: false
        optimistic_cache_ttl: 60
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect ttl 300
time passes 361 s
client 10.0.0.2 asks www.example.com A
expect NOERROR, ttl 300, no EDE, within 10 ms
