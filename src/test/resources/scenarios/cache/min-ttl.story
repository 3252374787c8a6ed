title min_ttl lengthens what is kept, and clients see it

config
    dns {
        use_hosts: false
        min_ttl: 60
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: @ 5 A 192.0.2.1
client 10.0.0.2 asks www.example.com A
expect ttl 60
time passes 30 s
client 10.0.0.2 asks www.example.com A
expect ttl 30, at once
