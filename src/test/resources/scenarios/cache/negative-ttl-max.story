title negative_ttl_max bounds "no such name"

config
    dns {
        use_hosts: false
        negative_ttl_max: 30
        optimistic_cache: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers nx.example.com A: NXDOMAIN; soa example.com 3600 900
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, ttl 30
time passes 30 s
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, ttl 30
quad9 was asked 2 times
