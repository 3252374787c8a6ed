title An answer that has ended is given at once, TTL 30 and EDE 3, and refreshed behind (RFC 8767)

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
expect ttl 300
quad9 answers www.example.com A: @ 300 A 192.0.2.2
time passes 310 s
client 10.0.0.2 asks www.example.com A
expect NOERROR, ttl 30, EDE 3, 192.0.2.1, at once
time passes 1 s
client 10.0.0.2 asks www.example.com A
expect NOERROR, no EDE, 192.0.2.2, at once
quad9 was asked 2 times
