title fixed_domain_ttl of 0 means: do not cache

config
    dns {
        use_hosts: false
        fixed_domain_ttl { ddns.example.org: 0 }
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers * A: @ 300 A 192.0.2.1
client 10.0.0.2 asks ddns.example.org A
expect NOERROR, 192.0.2.1
client 10.0.0.2 asks ddns.example.org A
expect NOERROR, 192.0.2.1
quad9 was asked 2 times
