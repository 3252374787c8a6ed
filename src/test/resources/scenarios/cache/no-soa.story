title A negative answer without a SOA is passed on and not kept (RFC 2308 section 5)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers nx.example.com A: NXDOMAIN
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN, no SOA
client 10.0.0.2 asks nx.example.com A
expect NXDOMAIN
quad9 was asked 2 times
