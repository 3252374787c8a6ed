title optimistic_cache_ttl of 0: stale as long as it is kept

config
    dns {
        use_hosts: false
        optimistic_cache_ttl: 0
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect ttl 300
time passes 7 d
client 10.0.0.2 asks www.example.com A
expect NOERROR, ttl 30, EDE 3, at once
