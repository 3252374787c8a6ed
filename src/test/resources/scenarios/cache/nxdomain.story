title NXDOMAIN is kept for the SOA minimum (RFC 2308 section 5)

config
    dns {
        use_hosts: false
        optimistic_cache: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers nx.example.com *: NXDOMAIN; soa example.com 3600 900
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, SOA, ttl 900, no records
time passes 899 s
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, ttl 1, at once
time passes 1 s
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, ttl 900
quad9 was asked 2 times
