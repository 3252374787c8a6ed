title max_ttl shortens what is kept, and clients see it

config
    dns {
        use_hosts: false
        max_ttl: 60
        optimistic_cache: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect ttl 60
time passes 60 s
client 10.0.0.2 asks www.example.com A
expect ttl 60
quad9 was asked 2 times
