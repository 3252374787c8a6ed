title NXDOMAIN holds for every type of the name (RFC 2308 section 5)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers nx.example.com *: NXDOMAIN; soa example.com 3600 900
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN
client 10.0.0.2 asks nx.example.com AAAA
expect NXDOMAIN, at once
quad9 was asked 1 time
