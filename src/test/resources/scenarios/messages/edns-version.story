title EDNS version 1 gets BADVERS and version 0 (RFC 6891 section 6.1.3)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

client 10.0.0.2 asks www.example.com A version 1
expect BADVERS, OPT, version 0
