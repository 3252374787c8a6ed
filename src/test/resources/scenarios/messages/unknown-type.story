title An unknown type is asked like any other (RFC 3597)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com TYPE65500: NOERROR; soa example.com 3600 900
client 10.0.0.2 asks www.example.com TYPE65500
expect NOERROR, no records
quad9 was last asked www.example.com TYPE65500
