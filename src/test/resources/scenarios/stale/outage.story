title In an outage stale answers go on after the window, then SERVFAIL says why

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
quad9 is silent
time passes 1 h
client 10.0.0.2 asks www.example.com A
expect NOERROR, ttl 30, EDE 3, 192.0.2.1, within 5 s
client 10.0.0.2 asks other.example.com A
expect SERVFAIL, EDE 22, within 5 s
