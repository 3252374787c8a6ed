title The upstream's first Extended DNS Error reaches the client

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: SERVFAIL; EDE 6 bogus signature
client 10.0.0.2 asks www.example.com A
expect SERVFAIL, EDE 6 bogus signature
