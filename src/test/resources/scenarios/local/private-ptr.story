title Reverse names of private addresses do not leave (RFC 6303)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers * *: NXDOMAIN; soa . 3600 900

client 10.0.0.2 asks 5.1.168.192.in-addr.arpa PTR
expect NXDOMAIN, SOA, at once
client 10.0.0.2 asks 1.0.0.10.in-addr.arpa PTR
expect NXDOMAIN, at once
client 10.0.0.2 asks 1.2.20.172.in-addr.arpa PTR
expect NXDOMAIN, at once
client 10.0.0.2 asks 1.0.254.169.in-addr.arpa PTR
expect NXDOMAIN, at once
quad9 was asked 0 times
client 10.0.0.2 asks 8.8.8.8.in-addr.arpa PTR
expect NXDOMAIN
quad9 was asked 1 time
