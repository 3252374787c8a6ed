title A server's SERVFAIL is kept for 5 s, doubling while it goes on (RFC 9520)

config
    dns {
        use_hosts: false
        optimistic_cache: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: SERVFAIL
client 10.0.0.2 asks www.example.com A
expect SERVFAIL
time passes 4 s
client 10.0.0.2 asks www.example.com A
expect SERVFAIL, at once
time passes 1 s
client 10.0.0.2 asks www.example.com A
expect SERVFAIL
time passes 6 s
client 10.0.0.2 asks www.example.com A
expect SERVFAIL, at once
quad9 was asked 2 times
