title NODATA is kept for its type alone

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com AAAA: NOERROR; soa example.com 3600 900
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com AAAA
expect NOERROR, no records, SOA, ttl 900
client 10.0.0.2 asks www.example.com AAAA
expect NOERROR, no records, at once
client 10.0.0.2 asks www.example.com A
expect NOERROR, 192.0.2.1
quad9 was asked 2 times
