title An answer from the cache has TTLs that count down, and is gone at its end

config
    dns {
        use_hosts: false
        optimistic_cache: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect NOERROR, ttl 300, 192.0.2.1, -AA, RA, RD, no EDE
time passes 100 s
client 10.0.0.3 asks www.example.com A
expect NOERROR, ttl 200, 192.0.2.1, at once
time passes 199 s
client 10.0.0.3 asks www.example.com A
expect NOERROR, ttl 1, at once
time passes 1 s
client 10.0.0.3 asks www.example.com A
expect NOERROR, ttl 300, within 10 ms
quad9 was asked 2 times
