title fixed_domain_ttl takes suffixes

config
    dns {
        use_hosts: false
        fixed_domain_ttl { '*.example.org': 20 }
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers * A: @ 300 A 192.0.2.1
client 10.0.0.2 asks a.b.example.org A
expect ttl 20
client 10.0.0.2 asks example.com A
expect ttl 300
