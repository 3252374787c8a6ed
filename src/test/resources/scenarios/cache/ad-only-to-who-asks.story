title AD reaches only who asked with AD or DO (RFC 6840 section 5.8)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: @ 300 A 192.0.2.1; AD
client 10.0.0.2 asks www.example.com A
expect -AD
client 10.0.0.2 asks www.example.com A +ad
expect AD, at once
