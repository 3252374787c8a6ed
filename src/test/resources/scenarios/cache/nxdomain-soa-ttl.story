title The TTL of the SOA itself bounds a negative answer too

config
    dns {
        use_hosts: false
        optimistic_cache: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers nx.example.com *: NXDOMAIN; soa example.com 60 900
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, ttl 60
time passes 60 s
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, ttl 60
quad9 was asked 2 times
