title A stale NXDOMAIN carries EDE 19 (RFC 8914 section 4.20)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers nx.example.com A: NXDOMAIN; soa example.com 60 60
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, ttl 60
time passes 70 s
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, ttl 30, EDE 19, at once
