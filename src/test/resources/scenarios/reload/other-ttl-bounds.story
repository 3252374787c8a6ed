title A reload with other TTL bounds does not serve what was kept under the old

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect ttl 300
reload
    dns {
        use_hosts: false
        max_ttl: 60
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
client 10.0.0.2 asks www.example.com A
expect ttl 60
quad9 was asked 2 times
