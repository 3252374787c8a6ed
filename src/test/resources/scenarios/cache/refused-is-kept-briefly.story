title Any failure a server tells is a failure to cache (RFC 9520 section 2.2)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: REFUSED
client 10.0.0.2 asks www.example.com A
expect REFUSED
client 10.0.0.2 asks www.example.com A
expect REFUSED, at once
quad9 was asked 1 time
