title fixed_domain_ttl sets the TTL of one name and leaves others alone

config
    dns {
        use_hosts: false
        fixed_domain_ttl { ddns.example.org: 10 }
        optimistic_cache: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers * A: @ 300 A 192.0.2.1
client 10.0.0.2 asks ddns.example.org A
expect ttl 10
client 10.0.0.2 asks www.ddns.example.org A
expect ttl 300
time passes 10 s
client 10.0.0.2 asks ddns.example.org A
expect ttl 10
quad9 was asked 2 times for ddns.example.org
