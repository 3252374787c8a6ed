title NXDOMAIN covers what lies below the name (RFC 8020)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers nx.example.com *: NXDOMAIN; soa example.com 3600 900
quad9 answers sibling-nx.example.com *: @ 300 A 192.0.2.1
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN
time passes 100 s
client 10.0.0.2 asks a.b.nx.example.com TXT
expect NXDOMAIN, SOA, ttl 800, at once
client 10.0.0.2 asks sibling-nx.example.com A
expect NOERROR, 192.0.2.1
quad9 was asked 2 times
